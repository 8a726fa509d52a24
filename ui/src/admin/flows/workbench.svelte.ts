// What is open around the drawing of a flow: the tab, the form of a step, the dialogs; and what brings a step into view.
import { tick } from "svelte";
import { typeOf, type NodeType } from "./catalog";
import type { After, Designer } from "./designer.svelte";
import type { Point } from "./graph/types";
import { canvasKeys } from "./keys";

export type Tab = "design" | "list" | "json" | "versions" | "customers";
/** What the canvas offers once it is drawn. */
type View = {
  show: (key: string, focus?: boolean) => Promise<void>;
  fit: () => void;
  centre: () => Point;
};

export class Workbench {
  tab = $state<Tab>("design");
  /** the simulator */
  trying = $state(false);
  finding = $state(false);
  /** the palette as a dialog, and the place for its step */
  adding = $state<{ after?: After; at?: Point } | null>(null);
  /** the step whose ways out are listed */
  connecting = $state<string | null>(null);
  keysOpen = $state(false);
  secretsOpen = $state(false);
  keywordsOpen = $state(false);
  renaming = $state(false);
  newName = $state("");
  publishing = $state(false);
  view = $state.raw<View | null>(null);
  /** the form of a step */
  panel = $state.raw<HTMLElement>();
  /** The form of a step is seen. */
  readonly opened = $derived.by(
    () => this.designer.opened !== null && (this.tab === "design" || this.tab === "list"),
  );
  /** the keys of the canvas */
  readonly keys: (event: KeyboardEvent) => void;

  constructor(private readonly designer: Designer) {
    this.keys = canvasKeys(designer, {
      open: (id) => void this.open(id),
      add: () => (this.adding = {}),
      connect: (id) => (this.connecting = id),
      show: (key) => void this.view?.show(key, true),
      find: () => (this.finding = true),
      close: () => (designer.opened = null),
      help: () => (this.keysOpen = true),
    });
  }

  async open(id: string): Promise<void> {
    if (!this.designer.node(id)) return;
    this.designer.opened = id;
    this.designer.choose([id]);
    await tick();
    this.panel?.querySelector<HTMLElement>("textarea, input, select")?.focus();
  }
  close(): void {
    const id = this.designer.opened;
    this.designer.opened = null;
    if (id !== null && this.tab === "design") void this.view?.show(id, true);
  }
  async show(key: string, focus = false): Promise<void> {
    this.tab = "design";
    this.designer.choose([key]);
    this.designer.current = key;
    await tick();
    await this.view?.show(key, focus);
  }

  add(type: NodeType, how: { after?: After; at?: Point } | null = this.adding): void {
    const id = this.designer.add(type.blank(), how?.at, how?.after);
    this.adding = null;
    void this.open(id).then(() => this.view?.show(id));
  }
  /** A type that was dragged from the palette. */
  drop(type: string, at: Point): void {
    const known = typeOf(type);
    if (known) this.add(known, { at });
  }
  /** The middle of what is seen. */
  centre(): Point {
    return this.view?.centre() ?? { x: 0, y: 0 };
  }
  remark(): void {
    const key = this.designer.addRemark("", this.centre());
    void this.show(key).then(() =>
      document
        .querySelector<HTMLElement>(`.svelte-flow__node[data-id="${CSS.escape(key)}"] textarea`)
        ?.focus(),
    );
  }
  rename(): void {
    this.newName = this.designer.name;
    this.renaming = true;
  }
}
