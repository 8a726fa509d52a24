// Flows to begin with, as the server has them, and the first messages that a customer sees.
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import type { Language } from "../../kit/locale";
import { readingOrder } from "./graph/ports";
import type { FlowNode, Graph } from "./graph/types";

export type Starter = Omit<components["schemas"]["FlowStarter"], "body"> & { body: Graph };

export const readStarters = async (language: Language): Promise<Starter[]> =>
  (await api.get("/flow-starters", { query: { language } })).items as unknown as Starter[];

/** A draft without a step. */
export const EMPTY: Graph = { schema: 2, start: "", nodes: {} };

export type Opening = { texts: string[]; choices: string[] };

const words = (value: unknown) => (typeof value === "string" ? value : "");

/** The bot's messages until it waits for the customer, along the first path. */
export function opening(graph: Graph): Opening {
  const texts: string[] = [];
  for (const id of readingOrder(graph).reached) {
    const node = graph.nodes[id]!;
    const text = words(node.text);
    if (["send", "ask", "menu"].includes(node.type) && text) texts.push(text);
    if (node.type === "menu") return { texts, choices: titles(node) };
    if (node.type === "join_queue" && words(node.waiting_text)) texts.push(words(node.waiting_text));
    if (["ask", "join_queue", "transfer", "close"].includes(node.type)) break;
  }
  return { texts, choices: [] };
}

const titles = ({ options }: FlowNode): string[] =>
  Array.isArray(options) ? options.map((it: { title?: unknown }) => words(it.title)) : [];

/** Its steps, in the order in which one reads them. */
export const stepsOf = (graph: Graph): FlowNode[] =>
  readingOrder(graph).reached.map((id) => graph.nodes[id]!);
