// Finds nodes by their texts.
import { fits } from "../../../kit/same";
import { remarkKey } from "./edits";
import { readingOrder } from "./ports";
import type { Graph } from "./types";

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(strings);
}

/** Keys of nodes and remarks that hold the words, in reading order. `names` gives more words for a node. */
export function findIn(graph: Graph, words: string, names: (id: string) => string[]): string[] {
  if (!words.trim()) return [];
  const { reached, lonely } = readingOrder(graph);
  const nodes = [...reached, ...lonely].filter((id) =>
    fits(words, id, ...names(id), ...strings(graph.nodes[id])),
  );
  const remarks = (graph.comments ?? []).flatMap(({ text }, i) => (fits(words, text) ? [remarkKey(i)] : []));
  return [...nodes, ...remarks];
}
