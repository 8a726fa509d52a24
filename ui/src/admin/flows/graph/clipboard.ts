// Copying nodes as text: the system clipboard takes them to another flow, another window or another Deskbell.
import { freeId, remarkIndex, remarkKey } from "./edits";
import { exits } from "./ports";
import { setAt } from "./pointer";
import type { FlowNode, Graph, Point, Remark } from "./types";

const MARK = "deskbell/flow-nodes";
const LONGEST = 4_000_000;
export type Clip = { nodes: Record<string, FlowNode>; comments: Remark[] };

export function copyText(graph: Graph, keys: ReadonlySet<string>, places: Record<string, Point>): string {
  const nodes: Record<string, FlowNode> = {};
  const comments: Remark[] = [];
  for (const key of keys) {
    const node = graph.nodes[key];
    const remark = graph.comments?.[remarkIndex(key) ?? -1];
    if (node) nodes[key] = { ...node, ...(places[key] && { position: places[key] }) };
    else if (remark) comments.push(remark);
  }
  return JSON.stringify({ kind: MARK, nodes, comments }, null, 2);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Null if the text holds no nodes. */
export function readClip(text: string): Clip | null {
  if (text.length > LONGEST || !text.includes(MARK)) return null;
  try {
    const clip: unknown = JSON.parse(text);
    if (!isObject(clip) || clip.kind !== MARK || !isObject(clip.nodes)) return null;
    if (!Object.values(clip.nodes).every((node) => isObject(node) && typeof node.type === "string"))
      return null;
    const comments = Array.isArray(clip.comments) ? clip.comments : [];
    if (!comments.every((it: unknown) => isObject(it) && typeof it.text === "string")) return null;
    return { nodes: clip.nodes as Record<string, FlowNode>, comments: comments as Remark[] };
  } catch {
    return null;
  }
}

/**
 * The graph with what was copied, its left upper corner at the place. Ids that are taken change; connections between
 * copied nodes remain, others are removed.
 */
export function paste(graph: Graph, clip: Clip, at: Point): { graph: Graph; keys: string[] } {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const id of Object.keys(clip.nodes)) {
    const name = freeId(graph, id, taken);
    taken.add(name);
    names.set(id, name);
  }
  const all = [...Object.values(clip.nodes), ...clip.comments];
  const points = all.flatMap(({ position }) => (position ? [position] : []));
  const left = Math.min(...points.map(({ x }) => x));
  const top = Math.min(...points.map(({ y }) => y));
  let stray = 0;
  const placed = (position: Point | null | undefined): Point => {
    if (position) return { x: Math.round(at.x + position.x - left), y: Math.round(at.y + position.y - top) };
    stray += 1;
    return { x: at.x + 40 * stray, y: at.y + 40 * stray };
  };
  const nodes = { ...graph.nodes };
  for (const [id, node] of Object.entries(clip.nodes)) {
    const own = exits(node).reduce((now, { pointer, to }) => setAt(now, pointer, names.get(to)), node);
    nodes[names.get(id)!] = { ...own, position: placed(node.position) };
  }
  const before = graph.comments ?? [];
  const comments = clip.comments.map((remark) => ({ ...remark, position: placed(remark.position) }));
  const keys = [...names.values(), ...comments.map((_, i) => remarkKey(before.length + i))];
  const made: Graph = { ...graph, nodes };
  if (comments.length > 0) made.comments = [...before, ...comments];
  if (Object.keys(graph.nodes).length === 0) made.start = keys[0] ?? "";
  return { graph: made, keys };
}
