// The edits of a flow. Each one returns a new graph that shares what it did not change, so undo costs little and a
// node that is the same object has not changed.
import { exits, ports } from "./ports";
import { setAt } from "./pointer";
import type { FlowNode, Graph, Point, Remark } from "./types";

export function changeNode(graph: Graph, id: string, edit: (node: FlowNode) => FlowNode): Graph {
  const node = graph.nodes[id];
  if (!node) return graph;
  const next = edit(node);
  return next === node ? graph : { ...graph, nodes: { ...graph.nodes, [id]: next } };
}

/** Connects a port to a node, or to nothing. */
export const connect = (graph: Graph, from: string, pointer: string, to: string | undefined): Graph =>
  changeNode(graph, from, (node) => setAt(node, pointer, to));

/** `menu`, `menu_2`, …: the first that is free. */
export function freeId(graph: Graph, wish: string, taken: ReadonlySet<string> = new Set()): string {
  const base = wish.replace(/_\d+$/u, "");
  const free = (id: string) => !Object.hasOwn(graph.nodes, id) && !taken.has(id);
  if (free(base)) return base;
  for (let n = 2; ; n += 1) if (free(`${base}_${n}`)) return `${base}_${n}`;
}

export type Added = { graph: Graph; key: string };

/** A new node; after a port if one is given, and before the node that the port led to. */
export function addNode(
  graph: Graph,
  node: FlowNode,
  { at, after }: { at?: Point; after?: { id: string; pointer: string } } = {},
): Added {
  const key = freeId(graph, node.type);
  const led =
    after && ports(graph.nodes[after.id] ?? node).find(({ pointer }) => pointer === after.pointer)?.to;
  const goesOn = ports(node).some(({ pointer }) => pointer === "/next");
  const made: FlowNode = {
    ...node,
    ...(led !== undefined && goesOn && { next: led }),
    ...(at && { position: round(at) }),
  };
  const first = Object.keys(graph.nodes).length === 0;
  const next: Graph = { ...graph, nodes: { ...graph.nodes, [key]: made }, ...(first && { start: key }) };
  return { graph: after ? connect(next, after.id, after.pointer, key) : next, key };
}

const round = ({ x, y }: Point): Point => ({ x: Math.round(x), y: Math.round(y) });

/** Remarks are among the nodes on the canvas, under a key that no node can have. */
export const remarkKey = (index: number) => `remark/${index}`;
export const remarkIndex = (key: string): number | null =>
  key.startsWith("remark/") ? Number(key.slice("remark/".length)) : null;

/** Removes nodes and remarks; ports that led to them lead nowhere. */
export function remove(graph: Graph, keys: ReadonlySet<string>): Graph {
  const nodes: Record<string, FlowNode> = {};
  for (const [id, node] of Object.entries(graph.nodes)) {
    if (keys.has(id)) continue;
    nodes[id] = exits(node).reduce(
      (now, { pointer, to }) => (keys.has(to) ? setAt(now, pointer, undefined) : now),
      node,
    );
  }
  const made: Graph = { ...graph, nodes };
  if (graph.keywords)
    made.keywords = graph.keywords.map((it) => (it.next && keys.has(it.next) ? { words: it.words } : it));
  if (graph.comments) made.comments = graph.comments.filter((_, i) => !keys.has(remarkKey(i)));
  if (keys.has(graph.start)) made.start = Object.keys(nodes)[0] ?? "";
  return made;
}

/** Why a node can't have this id; null if it can. */
export function idProblem(graph: Graph, id: string, wish: string): "empty" | "taken" | "letters" | null {
  if (wish === "") return "empty";
  if (!/^[A-Za-z0-9_-]{1,64}$/u.test(wish)) return "letters";
  return wish !== id && Object.hasOwn(graph.nodes, wish) ? "taken" : null;
}

/** Renames a node; everything that leads to it is updated. */
export function renameNode(graph: Graph, id: string, to: string): Graph {
  if (id === to || !graph.nodes[id] || idProblem(graph, id, to) !== null) return graph;
  const nodes: Record<string, FlowNode> = {};
  for (const [key, node] of Object.entries(graph.nodes)) {
    nodes[key === id ? to : key] = exits(node).reduce(
      (now, exit) => (exit.to === id ? setAt(now, exit.pointer, to) : now),
      node,
    );
  }
  const made: Graph = { ...graph, nodes, start: graph.start === id ? to : graph.start };
  if (graph.keywords) made.keywords = graph.keywords.map((it) => (it.next === id ? { ...it, next: to } : it));
  return made;
}

/** Moves nodes and remarks. Those that do not move stay the same objects. */
export function move(graph: Graph, places: Record<string, Point>): Graph {
  const nodes = { ...graph.nodes };
  let { comments } = graph;
  for (const [key, at] of Object.entries(places)) {
    const position = round(at);
    const index = remarkIndex(key);
    if (index !== null)
      comments = comments?.map((remark, i) => (i === index ? { ...remark, position } : remark));
    else {
      const node = nodes[key];
      if (node && (node.position?.x !== position.x || node.position.y !== position.y))
        nodes[key] = { ...node, position };
    }
  }
  return { ...graph, nodes, ...(comments && { comments }) };
}

export function addRemark(graph: Graph, remark: Remark): Added {
  const comments = graph.comments ?? [];
  return { graph: { ...graph, comments: [...comments, remark] }, key: remarkKey(comments.length) };
}

export function changeRemark(graph: Graph, key: string, change: Partial<Remark>): Graph {
  const index = remarkIndex(key);
  const { comments } = graph;
  if (index === null || !comments?.[index]) return graph;
  return { ...graph, comments: comments.map((it, i) => (i === index ? { ...it, ...change } : it)) };
}
