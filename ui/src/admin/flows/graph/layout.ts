// The positions of nodes: their sizes before anything is drawn, and an arrangement by dagre, which is loaded when it
// is needed.
import { remarkKey } from "./edits";
import { entries, exits, ports, readingOrder } from "./ports";
import type { FlowNode, Graph, Point, Remark } from "./types";

/** As the style sheet of a node has them. */
export const WIDTH = 240;
export const HEAD = 40;
export const BODY = 46;
export const ROW = 28;
export const FOOT = 8;
const APART = { rank: 90, node: 36 };

/** The size of a node as it is drawn. */
export function sizeOf(node: FlowNode): { width: number; height: number } {
  return { width: WIDTH, height: HEAD + BODY + ROW * ports(node).length + FOOT };
}

export const remarkSize = ({ width, height }: Remark): { width: number; height: number } => ({
  width: width ?? 200,
  height: height ?? 88,
});

/** Left to right in the order of the conversation; nodes without an incoming connection are below. */
export async function arrange(graph: Graph): Promise<Record<string, Point>> {
  const { Graph: Dagre, layout } = await import("@dagrejs/dagre").then((it) => ({
    Graph: it.graphlib.Graph,
    layout: it.layout,
  }));
  const { reached, lonely } = readingOrder(graph);
  const drawn = new Dagre({ multigraph: true });
  drawn.setGraph({ rankdir: "LR", ranksep: APART.rank, nodesep: APART.node, marginx: 0, marginy: 0 });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const id of [...reached, ...lonely]) drawn.setNode(id, sizeOf(graph.nodes[id]!));
  for (const id of [...reached, ...lonely])
    for (const { pointer, to } of exits(graph.nodes[id]!))
      if (to !== id && graph.nodes[to]) drawn.setEdge(id, to, {}, pointer);
  layout(drawn);
  const places: Record<string, Point> = {};
  for (const id of [...reached, ...lonely]) {
    const { x, y, width, height } = drawn.node(id) as { x: number; y: number; width: number; height: number };
    places[id] = { x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
  }
  return places;
}

/** The positions of everything; a node without its own position is where the arrangement has it. */
export function placesOf(graph: Graph, arranged: Record<string, Point>): Record<string, Point> {
  const places: Record<string, Point> = {};
  for (const [id, node] of Object.entries(graph.nodes))
    places[id] = node.position ?? arranged[id] ?? { x: 0, y: 0 };
  return places;
}

/** A free place of this size near the wanted position: below what is there. */
export function freePlace(
  graph: Graph,
  places: Record<string, Point>,
  wish: Point,
  size: { width: number; height: number },
): Point {
  const taken = Object.entries(places).flatMap(([id, at]) => {
    const node = graph.nodes[id];
    return node ? [{ ...at, ...sizeOf(node) }] : [];
  });
  const at = { x: Math.round(wish.x), y: Math.round(wish.y) };
  for (let tries = 0; tries < 400; tries += 1) {
    const hit = taken.find(
      (it) =>
        at.x < it.x + it.width + 24 &&
        it.x < at.x + size.width + 24 &&
        at.y < it.y + it.height + 24 &&
        it.y < at.y + size.height + 24,
    );
    if (!hit) break;
    at.y = hit.y + hit.height + 28;
  }
  return at;
}

/** The position of a node that is added after a port: to the right, at the height of the port. */
export function placeAfter(
  graph: Graph,
  places: Record<string, Point>,
  after: { id: string; pointer: string } | null,
  node: FlowNode,
): Point {
  const size = sizeOf(node);
  const from = after && graph.nodes[after.id];
  const at = after && places[after.id];
  if (from && at) {
    const row = Math.max(
      0,
      ports(from).findIndex(({ pointer }) => pointer === after.pointer),
    );
    return freePlace(graph, places, { x: at.x + WIDTH + APART.rank, y: at.y + row * ROW }, size);
  }
  const bottom = Object.entries(places).map(
    ([id, it]) => it.y + (graph.nodes[id] ? sizeOf(graph.nodes[id]).height : 0),
  );
  return freePlace(graph, places, { x: 0, y: bottom.length > 0 ? Math.max(...bottom) + 40 : 0 }, size);
}

/**
 * The nearest element in a direction, for the arrow keys: the closest one within 60°, where a sideways distance
 * counts double.
 */
export function neighbour(
  boxes: Record<string, Point & { width: number; height: number }>,
  from: string,
  direction: "left" | "right" | "up" | "down",
): string | null {
  const here = boxes[from];
  if (!here) return null;
  const middle = (box: typeof here) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const at = middle(here);
  let best: { id: string; way: number } | null = null;
  for (const [id, box] of Object.entries(boxes)) {
    if (id === from) continue;
    const to = middle(box);
    const [dx, dy] = [to.x - at.x, to.y - at.y];
    const along = { left: -dx, right: dx, up: -dy, down: dy }[direction];
    const aside = Math.abs(direction === "left" || direction === "right" ? dy : dx);
    if (along <= 4 || aside > along * 3) continue;
    const way = along + aside * 2;
    if (!best || way < best.way) best = { id, way };
  }
  return best?.id ?? null;
}

/** Everything on the canvas with its place and size. */
export function boxes(
  graph: Graph,
  places: Record<string, Point>,
): Record<string, Point & { width: number; height: number }> {
  const found: Record<string, Point & { width: number; height: number }> = {};
  for (const [id, node] of Object.entries(graph.nodes))
    if (places[id]) found[id] = { ...places[id], ...sizeOf(node) };
  for (const [i, remark] of (graph.comments ?? []).entries())
    found[remarkKey(i)] = { ...(remark.position ?? { x: 0, y: 0 }), ...remarkSize(remark) };
  return found;
}

/** The first node when nothing is selected. */
export const firstOf = (graph: Graph): string | null =>
  entries(graph).find((id) => graph.nodes[id]) ?? Object.keys(graph.nodes)[0] ?? null;
