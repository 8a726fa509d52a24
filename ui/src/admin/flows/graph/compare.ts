// What differs between two versions of a flow, and how two people's changes to one draft are merged.
import type { FlowNode, Graph } from "./types";

export type FieldChange = { pointer: string; before: unknown; after: unknown };
export type Difference = {
  added: string[];
  removed: string[];
  changed: { id: string; fields: FieldChange[] }[];
  /** outside of the nodes: the start, the keywords, the remarks */
  rest: FieldChange[];
};

/** The position of a node is not a difference. */
const drawn = (node: FlowNode | undefined): FlowNode | undefined => {
  if (!node) return node;
  const { position: _position, ...rest } = node;
  return rest as FlowNode;
};
const outside = ({ start, keywords, comments }: Graph) => ({
  start,
  keywords: keywords ?? [],
  comments: (comments ?? []).map(({ text }) => text),
});

export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  // A key with the value undefined counts as missing.
  const keys = (value: object) =>
    Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined);
  const left = keys(a);
  if (left.length !== keys(b).length) return false;
  return left.every((key) => equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** The smallest fields that differ. Lists of another length differ as a whole. */
export function fieldChanges(before: unknown, after: unknown, pointer = ""): FieldChange[] {
  if (equal(before, after)) return [];
  const both =
    typeof before === "object" &&
    typeof after === "object" &&
    before !== null &&
    after !== null &&
    Array.isArray(before) === Array.isArray(after);
  if (!both || (Array.isArray(before) && before.length !== (after as unknown[]).length))
    return [{ pointer, before, after }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    fieldChanges(
      (before as Record<string, unknown>)[key],
      (after as Record<string, unknown>)[key],
      `${pointer}/${key}`,
    ),
  );
}

export function compare(before: Graph, after: Graph): Difference {
  const added = Object.keys(after.nodes).filter((id) => !Object.hasOwn(before.nodes, id));
  const removed = Object.keys(before.nodes).filter((id) => !Object.hasOwn(after.nodes, id));
  const changed = Object.keys(after.nodes).flatMap((id) => {
    const known = Object.hasOwn(before.nodes, id);
    const fields = known ? fieldChanges(drawn(before.nodes[id]), drawn(after.nodes[id])) : [];
    return fields.length > 0 ? [{ id, fields }] : [];
  });
  return { added, removed, changed, rest: fieldChanges(outside(before), outside(after)) };
}

export const nothing = ({ added, removed, changed, rest }: Difference): boolean =>
  added.length + removed.length + changed.length + rest.length === 0;

export type Conflict = { id: string; mine: FlowNode | undefined; theirs: FlowNode | undefined };
export type Merged = { graph: Graph; conflicts: Conflict[] };

/**
 * Both people's changes to `base`. Changes by only one of them are applied; where both changed one node, `choose`
 * says whose version wins, and the node is reported as a conflict. Positions are mine, otherwise theirs.
 */
export function merge(
  base: Graph,
  mine: Graph,
  theirs: Graph,
  choose: (id: string) => "mine" | "theirs" = () => "mine",
): Merged {
  const conflicts: Conflict[] = [];
  const nodes: Record<string, FlowNode> = {};
  const of = (graph: Graph, id: string) => (Object.hasOwn(graph.nodes, id) ? graph.nodes[id] : undefined);
  for (const id of new Set([...Object.keys(theirs.nodes), ...Object.keys(mine.nodes)])) {
    const [old, left, right] = [of(base, id), of(mine, id), of(theirs, id)];
    let taken = left;
    if (same(left, right)) taken = left ?? right;
    else if (same(left, old)) taken = right;
    else if (!same(right, old)) {
      conflicts.push({ id, mine: left, theirs: right });
      if (choose(id) === "theirs") taken = right;
    }
    if (taken === undefined) continue;
    const moved = left?.position && !equal(left.position, old?.position) ? left.position : taken.position;
    nodes[id] = equal(moved, taken.position) ? taken : { ...taken, position: moved! };
  }
  const graph: Graph = { ...theirs, nodes };
  for (const key of ["start", "keywords", "comments"] as const)
    if (!equal(mine[key], base[key])) Object.assign(graph, { [key]: mine[key] });
  if (!Object.hasOwn(nodes, graph.start)) graph.start = Object.keys(nodes)[0] ?? "";
  return { graph, conflicts };
}

const same = (a: FlowNode | undefined, b: FlowNode | undefined) => equal(drawn(a), drawn(b));
