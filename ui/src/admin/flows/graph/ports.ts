// Every way out of a node is a port with a name. A port is identified by the JSON pointer of its target field.
import type { FlowNode, Graph } from "./types";
import { getAt } from "./pointer";

export type Port = {
  pointer: string;
  /** the field, or the list that it is an item of */
  name: string;
  /** what the customer or the author calls it: the title of a choice, the value of a case */
  title?: string;
  to: string | undefined;
};
type List = { list: string; title: string };

/** In the order in which they are shown. */
const PORTS: Record<string, (string | List)[]> = {
  send: ["next"],
  menu: [{ list: "options", title: "title" }, "otherwise", "on_timeout"],
  ask: ["next", "otherwise", "on_timeout"],
  condition: ["then", "else"],
  switch: [{ list: "cases", title: "value" }, "otherwise"],
  set: ["next"],
  http: ["next", "on_error", "on_timeout"],
  calendar: ["next", "on_closed"],
  join_queue: ["on_nobody", "on_closed", "on_full", "on_timeout", "after_agent"],
  transfer: ["on_nobody"],
  label: ["next"],
  note: ["next"],
  subflow: ["next", "on_error"],
  jump: ["next"],
  ai_reply: ["next", "otherwise", "on_error"],
  webhook: ["next", "on_error"],
  wait: ["next", "on_reply"],
  close: [],
};
/** For a type that this page does not know: the usual fields with targets. */
const USUAL = /^(next|then|else|otherwise|on_[a-z_]+|after_[a-z_]+)$/u;

const target = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export function ports(node: FlowNode): Port[] {
  // The node that it names belongs to another flow.
  if (node.type === "jump" && node.flow_id) return [];
  const known =
    node.type === "send" && (node.message_template || node.on_error)
      ? ["next", "on_error"]
      : (PORTS[node.type] ?? Object.keys(node).filter((key) => USUAL.test(key)));
  return known.flatMap((entry): Port[] => {
    if (typeof entry === "string") return [{ pointer: `/${entry}`, name: entry, to: target(node[entry]) }];
    const items = node[entry.list];
    if (!Array.isArray(items)) return [];
    return items.map((item: unknown, i) => ({
      pointer: `/${entry.list}/${i}/next`,
      name: entry.list,
      title: String(getAt(item, `/${entry.title}`) ?? ""),
      to: target(getAt(item, "/next")),
    }));
  });
}

/** The ports that lead somewhere. */
export const exits = (node: FlowNode): { pointer: string; to: string }[] =>
  ports(node).flatMap(({ pointer, to }) => (to === undefined ? [] : [{ pointer, to }]));

/** Where runs can begin: the start, and what the keywords lead to. */
export const entries = (graph: Graph): string[] => [
  graph.start,
  ...(graph.keywords ?? []).flatMap(({ next }) => (next ? [next] : [])),
];

/** Ids from the start, depth first; then those without an incoming connection. */
export function readingOrder(graph: Graph): { reached: string[]; lonely: string[] } {
  const reached: string[] = [];
  const seen = new Set<string>();
  // A stack instead of recursion: a flow may be a chain of thousands of nodes.
  const stack = entries(graph).reverse();
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = graph.nodes[id];
    if (!node || seen.has(id)) continue;
    seen.add(id);
    reached.push(id);
    stack.push(
      ...exits(node)
        .map(({ to }) => to)
        .reverse(),
    );
  }
  return { reached, lonely: Object.keys(graph.nodes).filter((id) => !seen.has(id)) };
}

/** Which ports lead to a node. */
export function arrivals(graph: Graph, id: string): { from: string; port: Port }[] {
  return Object.entries(graph.nodes).flatMap(([from, node]) =>
    ports(node)
      .filter(({ to }) => to === id)
      .map((port) => ({ from, port })),
  );
}
