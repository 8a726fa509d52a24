// Two versions in one drawing: added, removed and changed nodes.
import { freePlace, sizeOf } from "../graph/layout";
import type { FlowNode, Graph, Point } from "../graph/types";
import type { Comparison } from "../model";

export type Kind = "added" | "removed" | "changed";
export type Union = { graph: Graph; kinds: Map<string, Kind> };

/** The second version with the nodes of the first that it no longer has. */
export function union({ a, b, differences }: Comparison): Union {
  const kinds = new Map<string, Kind>();
  for (const { node, kind } of differences) if (node) kinds.set(node, kind);
  const nodes: Record<string, FlowNode> = { ...b.nodes };
  const places: Record<string, Point> = {};
  for (const [id, node] of Object.entries(nodes)) if (node.position) places[id] = node.position;
  for (const [id, node] of Object.entries(a.nodes)) {
    if (Object.hasOwn(nodes, id)) continue;
    // Something else may be there by now.
    const position = node.position && freePlace({ ...b, nodes }, places, node.position, sizeOf(node));
    nodes[id] = position ? { ...node, position } : node;
    if (position) places[id] = position;
  }
  return { graph: { schema: b.schema, start: b.start, nodes }, kinds };
}
