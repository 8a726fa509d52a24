// Whether something read from JSON can be shown as a flow at all; the server checks the rest.
import type { Graph } from "./types";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function isGraph(value: unknown): value is Graph {
  if (!isObject(value)) return false;
  const { start, nodes, keywords, comments } = value;
  if (typeof start !== "string" || !isObject(nodes)) return false;
  const lists = [keywords, comments].every(
    (list) => list === undefined || list === null || (Array.isArray(list) && list.every(isObject)),
  );
  return lists && Object.values(nodes).every((node) => isObject(node) && typeof node.type === "string");
}
