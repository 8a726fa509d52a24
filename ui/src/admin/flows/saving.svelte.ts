// How the draft of a flow reaches the server: saved, published, merged with a version that another person saved
// first.
import { Problem, sentenceOf } from "../../api/client";
import { toasts } from "../../kit/toasts.svelte";
import { m } from "../../paraglide/messages.js";
import type { Designer } from "./designer.svelte";
import { compare, equal } from "./graph/compare";
import type { Graph } from "./graph/types";
import { problemsOf, publishFlow, saveFlow, type Flow, type FlowProblem } from "./model";

const draftOf = (flow: Flow): { name: string; graph: Graph } => ({ name: flow.name, graph: flow.body });

export class Saving {
  busy = $state(false);
  private failure = $state.raw<unknown>(null);
  /** why the JSON can't be read; nothing is saved until it can */
  broken = $state<string | null>(null);
  /** grows when the JSON has to be written again */
  jsonRevision = $state(0);
  /** what another person saved first */
  theirs = $state.raw<Flow | null>(null);
  /** the note for the published version */
  note = $state("");
  /** the problems that prevented publishing */
  refused = $state.raw<FlowProblem[]>([]);

  /** What changed since it was saved, by name. */
  readonly changes = $derived.by((): string[] => {
    const { designer } = this;
    if (this.broken) return [m.admin_flow_draft()];
    if (!designer.changed) return [];
    const { added, removed, changed, rest } = compare(designer.saved.graph, designer.graph);
    const steps = [...added, ...changed.map(({ id }) => id), ...removed];
    return [
      ...(designer.name !== designer.saved.name ? [m.name()] : []),
      ...steps,
      ...(rest.length > 0 || steps.length === 0 ? [m.admin_flow_draft()] : []),
    ];
  });
  readonly unpublished = $derived.by(() => {
    const { published, body } = this.flow();
    return this.designer.changed || published === null || !equal(published, body);
  });
  readonly error = $derived(this.broken ?? (this.failure ? sentenceOf(this.failure) : null));

  constructor(
    private readonly designer: Designer,
    private readonly flow: () => Flow,
    private readonly onflow: (flow: Flow) => void,
  ) {}

  async save(): Promise<boolean> {
    const { designer } = this;
    if (this.broken) return false;
    if (!designer.changed) return true;
    this.busy = true;
    this.failure = null;
    const { draft } = designer;
    designer.sent = draft;
    try {
      const saved = await saveFlow(this.flow().id, draft, designer.saved, designer.version);
      designer.took(saved.version);
      this.onflow(saved);
      toasts.show(m.admin_saved(), { tone: "ok" });
      return true;
    } catch (error) {
      designer.sent = null;
      this.failure = error;
      if (error instanceof Problem && error.status === 409 && error.body.current) {
        this.theirs = error.body.current as Flow;
        this.failure = null;
      }
      return false;
    } finally {
      this.busy = false;
    }
  }
  discard(): void {
    this.broken = null;
    this.failure = null;
    this.jsonRevision += 1;
    this.designer.discard();
  }

  /** The problems that prevented publishing are shown in the dialog: a failing test belongs to no node. */
  async publish(): Promise<boolean> {
    this.refused = [];
    if (!(await this.save())) return false;
    try {
      this.take(await publishFlow(this.flow().id, this.note.trim(), this.designer.version));
    } catch (error) {
      this.refused = problemsOf(error).filter(({ severity }) => severity === "error");
      throw error;
    }
    toasts.show(m.admin_flow_now_live(), { tone: "ok" });
    this.note = "";
    return true;
  }
  /** The flow as the server has it after another version went live; the draft stays. */
  take(flow: Flow): void {
    this.designer.version = flow.version;
    this.onflow(flow);
  }

  merge(theirs: Flow, choose: (id: string) => "mine" | "theirs"): void {
    this.designer.merge(draftOf(theirs), theirs.version, choose);
    this.theirs = null;
    void this.save();
  }
  takeTheirs(theirs: Flow): void {
    this.designer.takeTheirs(draftOf(theirs), theirs.version);
    this.onflow(theirs);
    this.theirs = null;
  }
}
