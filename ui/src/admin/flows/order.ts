// The nodes of a flow in the order in which one reads them, and where each leads.
import type { FlowBody, Node } from "./model";
import type { FlowProblem } from "../../api/models";

export type Exit = { pointer: string; to: string };

/** Every way out of a node, in the order of its form. */
export function exits(node: Node): Exit[] {
  const found: [string, string | undefined][] = [];
  if (node.type === "send") found.push(["/next", node.next], ["/on_error", node.on_error]);
  else if (node.type === "set") found.push(["/next", node.next]);
  else if (node.type === "menu") {
    found.push(
      ...node.options.map((option, i): [string, string | undefined] => [`/options/${i}/next`, option.next]),
      ["/otherwise", node.otherwise],
    );
  } else if (node.type === "ask")
    found.push(["/next", node.next], ["/otherwise", node.otherwise], ["/on_timeout", node.on_timeout]);
  else if (node.type === "condition") found.push(["/then", node.then], ["/else", node.else]);
  return found.flatMap(([pointer, to]) => (to ? [{ pointer, to }] : []));
}

/** Ids from the start onward, deep first; then those that nothing leads to. */
export function readingOrder(body: FlowBody): { reached: string[]; lonely: string[] } {
  const reached: string[] = [];
  const seen = new Set<string>();
  const visit = (id: string) => {
    const node = body.nodes[id];
    if (!node || seen.has(id)) return;
    seen.add(id);
    reached.push(id);
    for (const exit of exits(node)) visit(exit.to);
  };
  visit(body.start);
  return { reached, lonely: Object.keys(body.nodes).filter((id) => !seen.has(id)) };
}

/** What the flow remembers, by its names, each once. */
export function variablesOf(body: FlowBody): string[] {
  const set = Object.values(body.nodes).flatMap((node) =>
    node.type === "ask" || node.type === "set" ? [node.variable] : [],
  );
  return [...new Set(set)].filter(Boolean);
}

const unescape = (part: string) => part.replaceAll("~1", "/").replaceAll("~0", "~");

/** A problem of a node: in which of its fields, and what. */
export type NodeProblem = { field: string; detail: string };

/** Problems by node id; those of no node under "". The rest of the pointer says the field. */
export function byNode(problems: FlowProblem[]): Map<string, NodeProblem[]> {
  const map = new Map<string, NodeProblem[]>();
  for (const { pointer, detail } of problems) {
    const [, first, id, ...rest] = pointer.replace(/^\/draft(?=\/|$)/, "").split("/");
    const key = first === "nodes" && id !== undefined ? unescape(id) : "";
    map.set(key, [...(map.get(key) ?? []), { field: rest.length > 0 ? `/${rest.join("/")}` : "", detail }]);
  }
  return map;
}

/** Whether something read from JSON can be shown as a flow at all; the server judges the rest. */
export function isFlowBody(value: unknown): value is FlowBody {
  if (typeof value !== "object" || value === null) return false;
  const { start, nodes } = value as { start?: unknown; nodes?: unknown };
  if (typeof start !== "string" || typeof nodes !== "object" || nodes === null || Array.isArray(nodes))
    return false;
  return Object.values(nodes).every((node: unknown) => {
    if (typeof node !== "object" || node === null) return false;
    const { type, text, options } = node as { type?: unknown; text?: unknown; options?: unknown };
    if (typeof type !== "string") return false;
    if ((type === "send" || type === "menu" || type === "ask") && typeof text !== "string") return false;
    return (
      type !== "menu" ||
      (Array.isArray(options) &&
        options.every(
          (o: unknown) =>
            typeof o === "object" && o !== null && typeof (o as { title?: unknown }).title === "string",
        ))
    );
  });
}
