// What the server finds wrong with a flow, by the node that it belongs to.
import { fromServer } from "../../api/from-server";
import type { FlowProblem } from "./model";

/** A problem of a node: in which of its fields, and what. */
export type NodeProblem = { field: string; detail: string };

const unescape = (part: string) => part.replaceAll("~1", "/").replaceAll("~0", "~");

/** Problems by node id; those of no node under "". The rest of the pointer is the field. */
export function byNode(
  problems: readonly Pick<FlowProblem, "pointer" | "detail" | "node">[],
): Map<string, NodeProblem[]> {
  const map = new Map<string, NodeProblem[]>();
  for (const { pointer, detail, node } of problems) {
    const [, first, id, ...rest] = pointer.replace(/^\/body(?=\/|$)/u, "").split("/");
    const within = first === "nodes" && id !== undefined;
    const key = within ? unescape(id) : (node ?? "");
    const field = within && rest.length > 0 ? `/${rest.join("/")}` : "";
    map.set(key, [...(map.get(key) ?? []), { field, detail: fromServer(detail) }]);
  }
  return map;
}
