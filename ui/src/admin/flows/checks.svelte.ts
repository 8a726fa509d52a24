// What is wrong with the draft as it is now; until the server has answered, what is wrong with the saved one.
import type { Mark } from "./canvas/model";
import type { Designer } from "./designer.svelte";
import type { Graph } from "./graph/types";
import { checkDraft, type Flow, type FlowProblem } from "./model";
import { byNode, type NodeProblem } from "./problems";

const AFTER_TYPING = 500;
const NONE: readonly string[] = [];

export class Checks {
  private checked = $state.raw<{ graph: Graph; found: FlowProblem[] } | null>(null);
  private readonly found = $derived.by(() => this.checked?.found ?? this.flow().problems);
  readonly errors = $derived(this.found.filter(({ severity }) => severity === "error"));
  /** by node; those of no node under "" */
  readonly problems = $derived(byNode(this.errors));
  readonly warnings = $derived(byNode(this.found.filter(({ severity }) => severity !== "error")));
  private readonly problemTexts = $derived(texts(this.problems));
  private readonly warningTexts = $derived(texts(this.warnings));
  private readonly lit = $derived.by(() => new Set(this.designer.path));

  /** Created while a component is initialised: it checks until that component is destroyed. */
  constructor(
    private readonly designer: Designer,
    private readonly flow: () => Flow,
  ) {
    $effect(() => {
      const { graph } = designer;
      const timer = setTimeout(
        () => {
          checkDraft(flow().id, graph).then(
            (found) => (this.checked = { graph, found }),
            // Saving reports the problems too.
            () => {},
          );
        },
        this.checked === null ? 0 : AFTER_TYPING,
      );
      return () => clearTimeout(timer);
    });
  }

  /** How a node is marked on the canvas. */
  mark(id: string): Mark {
    return {
      problems: this.problemTexts.get(id) ?? NONE,
      warnings: this.warningTexts.get(id) ?? NONE,
      lit: this.lit.has(id),
      here: this.designer.here === id,
      found: this.designer.found.has(id),
      difference: null,
    };
  }
}

const texts = (map: ReadonlyMap<string, NodeProblem[]>): ReadonlyMap<string, string[]> =>
  new Map([...map].map(([id, list]) => [id, list.map((it) => it.detail)]));
