// The flow that is open in the designer: the draft and its history, what is selected, what is wrong with it. The
// graph is never changed in place: the identity of a node shows whether it changed.
import { untrack } from "svelte";
import { equal, merge, type Conflict } from "./graph/compare";
import { paste, readClip, copyText } from "./graph/clipboard";
import * as edits from "./graph/edits";
import { History } from "./graph/history";
import { arrange, boxes, firstOf, neighbour, placeAfter, placesOf } from "./graph/layout";
import { ports, readingOrder } from "./graph/ports";
import { setAt } from "./graph/pointer";
import type { FlowNode, Graph, Point } from "./graph/types";

/** The part of the flow in the history: its program and its name. */
type Draft = { name: string; graph: Graph };
export type After = { id: string; pointer: string };

export class Designer {
  private readonly history: History<Draft>;
  /** what the server has */
  private base = $state.raw() as Draft;
  private now = $state.raw() as Draft;
  private steps = $state(0);
  /** positions of nodes that have none in the flow */
  private arranged = $state.raw<Record<string, Point>>({});
  version = $state(0);
  /** every node has a place */
  ready = $state(false);
  /** chosen nodes and remarks, by key */
  selected = $state.raw<ReadonlySet<string>>(new Set());
  /** the chosen connections: port pointers by node */
  selectedPorts = $state.raw<After[]>([]);
  /** what the arrow keys start from */
  current = $state<string | null>(null);
  /** the node whose form is open */
  opened = $state<string | null>(null);
  /** nodes that the simulator went through, in order, and its current one */
  path = $state.raw<string[]>([]);
  here = $state<string | null>(null);
  /** what was found by words */
  found = $state.raw<ReadonlySet<string>>(new Set());

  readonly places = $derived(placesOf(this.now.graph, this.arranged));
  readonly order = $derived(readingOrder(this.now.graph));

  constructor(draft: Draft, version: number) {
    this.history = new History(draft);
    this.base = draft;
    this.now = draft;
    this.version = version;
    this.current = firstOf(draft.graph);
  }

  get graph(): Graph {
    return this.now.graph;
  }
  get name(): string {
    return this.now.name;
  }
  get draft(): Draft {
    return this.now;
  }
  get saved(): Draft {
    return this.base;
  }
  get canUndo(): boolean {
    return this.steps >= 0 && this.history.canUndo;
  }
  get canRedo(): boolean {
    return this.steps >= 0 && this.history.canRedo;
  }
  get changed(): boolean {
    return this.now !== this.base && !equal(this.now, this.base);
  }
  node(id: string | null): FlowNode | undefined {
    return id !== null && Object.hasOwn(this.now.graph.nodes, id) ? this.now.graph.nodes[id] : undefined;
  }

  /** Finds a place for each node that has none. */
  async place(): Promise<void> {
    const { graph } = this.now;
    const missing = (id: string) => !graph.nodes[id]?.position && !this.arranged[id];
    if (Object.keys(graph.nodes).some(missing)) this.arranged = { ...(await arrange(graph)) };
    this.ready = true;
  }

  private put(next: Draft, key: string | null = null): void {
    this.history.push(next, key);
    this.show(this.history.present);
  }
  private show(draft: Draft): void {
    this.now = draft;
    this.steps += 1;
    const alive = (key: string) => this.exists(key);
    if (this.opened !== null && !alive(this.opened)) this.opened = null;
    if (this.current !== null && !alive(this.current)) this.current = firstOf(draft.graph);
    if ([...this.selected].some((key) => !alive(key)))
      this.selected = new Set([...this.selected].filter(alive));
    void this.place();
  }
  private exists(key: string): boolean {
    const index = edits.remarkIndex(key);
    return index === null ? this.node(key) !== undefined : this.graph.comments?.[index] !== undefined;
  }

  /** Sets another graph; consecutive edits with the same key are one step. */
  edit(graph: Graph, key: string | null = null): void {
    if (graph !== this.now.graph) this.put({ ...this.now, graph }, key);
  }
  rename(name: string): void {
    this.put({ ...this.now, name }, "name");
  }
  undo(): void {
    this.show(this.history.undo());
  }
  redo(): void {
    this.show(this.history.redo());
  }

  /** One field of a node; an optional field that is empty is removed. */
  set(id: string, pointer: string, value: unknown): void {
    this.edit(
      edits.changeNode(this.graph, id, (node) => setAt(node, pointer, value)),
      `${id}${pointer}`,
    );
  }
  replace(id: string, node: FlowNode, key: string): void {
    this.edit(
      edits.changeNode(this.graph, id, () => node),
      `${id}${key}`,
    );
  }
  connect(from: string, pointer: string, to: string | undefined): void {
    if (to === undefined || this.node(to)) this.edit(edits.connect(this.graph, from, pointer, to));
  }

  /** A new node: where it was dropped, after a port, or after the selected node. */
  add(node: FlowNode, at?: Point, after?: After): string {
    const behind = after ?? (at ? undefined : this.freePort());
    const place = at ?? placeAfter(this.graph, this.places, behind ?? null, node);
    const pinned = this.pinned();
    const made = edits.addNode(pinned, node, { at: place, ...(behind && { after: behind }) });
    this.edit(made.graph);
    this.choose([made.key]);
    return made.key;
  }
  /** The first port of the chosen node that leads nowhere. */
  private freePort(): After | undefined {
    const id = this.selected.size === 1 ? [...this.selected][0]! : null;
    const node = this.node(id);
    const port = node && ports(node).find(({ to }) => to === undefined);
    return port && id !== null ? { id, pointer: port.pointer } : undefined;
  }
  /** Once someone moves a node, the positions of all others are stored too: otherwise an arrangement would move them
      later. */
  private pinned(): Graph {
    return edits.move(this.graph, this.places);
  }

  move(places: Record<string, Point>): void {
    this.edit(edits.move(this.pinned(), places));
  }
  /** By the arrow keys. */
  nudge(dx: number, dy: number): void {
    const moved: Record<string, Point> = {};
    const all = boxes(this.graph, this.places);
    for (const key of this.selected) {
      const box = all[key];
      if (box) moved[key] = { x: box.x + dx, y: box.y + dy };
    }
    this.edit(edits.move(this.pinned(), moved), "nudge");
  }
  async arrange(): Promise<void> {
    this.edit(edits.move(this.graph, await arrange(this.graph)));
  }

  addRemark(text: string, at: Point): string {
    const made = edits.addRemark(this.graph, { text, position: at });
    this.edit(made.graph);
    this.choose([made.key]);
    return made.key;
  }
  changeRemark(key: string, change: { text?: string; width?: number; height?: number }): void {
    this.edit(edits.changeRemark(this.graph, key, change), key);
  }

  /** What is chosen: nodes, remarks, connections. */
  remove(): void {
    let { graph } = this;
    for (const { id, pointer } of this.selectedPorts) graph = edits.connect(graph, id, pointer, undefined);
    if (this.selected.size > 0) {
      const next = this.neighbourOf([...this.selected][0]!);
      graph = edits.remove(graph, this.selected);
      this.selected = new Set();
      this.selectedPorts = [];
      this.edit(graph);
      if (next && this.exists(next)) this.current = next;
    } else this.edit(graph);
    this.selectedPorts = [];
  }
  private neighbourOf(key: string): string | null {
    const all = boxes(this.graph, this.places);
    for (const way of ["left", "up", "right", "down"] as const) {
      const id = neighbour(all, key, way);
      if (id !== null && !this.selected.has(id)) return id;
    }
    return null;
  }
  renameNode(id: string, to: string): boolean {
    const graph = edits.renameNode(this.graph, id, to);
    if (graph === this.graph) return id === to;
    if (this.arranged[id]) this.arranged = { ...this.arranged, [to]: this.arranged[id] };
    const [open, now] = [this.opened === id, this.current === id];
    this.edit(graph);
    if (open) this.opened = to;
    if (now) this.current = to;
    if (open || now) this.selected = new Set([to]);
    return true;
  }
  setStart(id: string): void {
    this.edit({ ...this.graph, start: id });
  }

  choose(keys: Iterable<string>): void {
    const next = new Set(keys);
    if (!sameSet(next, this.selected)) this.selected = next;
    const first = [...next][0];
    if (first !== undefined && !next.has(this.current ?? "")) this.current = first;
  }
  walk(direction: "left" | "right" | "up" | "down"): string | null {
    const from = this.current ?? firstOf(this.graph);
    if (from === null) return null;
    const to = neighbour(boxes(this.graph, this.places), from, direction);
    if (to !== null) {
      this.current = to;
      this.selected = new Set([to]);
    }
    return to;
  }
  box(key: string): (Point & { width: number; height: number }) | undefined {
    return boxes(this.graph, this.places)[key];
  }

  copy(): string | null {
    return this.selected.size > 0 ? copyText(this.graph, this.selected, this.places) : null;
  }
  /** False if the text holds no nodes. */
  paste(text: string, at: Point): boolean {
    const clip = readClip(text);
    if (!clip) return false;
    const { graph, keys } = paste(this.pinned(), clip, at);
    this.edit(graph);
    this.choose(keys);
    return true;
  }
  duplicate(): void {
    const text = this.copy();
    const all = [...this.selected].flatMap((key) => this.box(key) ?? []);
    if (text === null || all.length === 0) return;
    this.paste(text, {
      x: Math.min(...all.map(({ x }) => x)) + 40,
      y: Math.max(...all.map((b) => b.y + b.height)) + 40,
    });
  }

  /** what is on its way to the server */
  sent: Draft | null = null;
  /** It arrived; edits made in the meantime are not saved yet. */
  took(version: number): void {
    if (this.sent) this.base = this.sent;
    this.version = version;
    this.sent = null;
  }

  /** Someone else saved first: merges both people's changes, on top of theirs. */
  merge(theirs: Draft, version: number, choose: (id: string) => "mine" | "theirs"): void {
    const { graph } = merge(this.base.graph, this.now.graph, theirs.graph, choose);
    const name = this.now.name === this.base.name ? theirs.name : this.now.name;
    this.base = theirs;
    this.version = version;
    this.put({ name, graph });
  }
  conflicts(theirs: Draft): Conflict[] {
    return merge(this.base.graph, this.now.graph, theirs.graph).conflicts;
  }
  /** Their version without my changes; undo restores mine. */
  takeTheirs(theirs: Draft, version: number): void {
    this.base = theirs;
    this.version = version;
    this.put(theirs);
  }
  discard(): void {
    untrack(() => this.put(this.base));
  }
}

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  a.size === b.size && [...a].every((it) => b.has(it));
