// A flow's nodes, and what its simulator answers. The OpenAPI document calls these "object": their own JSON schema is
// at GET /flow-schema.
import { api } from "../../api/client";
import type { Template } from "../../api/models";
import type { components } from "../../api/schema";
import type { Graph } from "./graph/types";
import type { FlowProblem } from "./problems";
import type { TemplateToSend } from "../../templates/send.svelte";

export type QuickChoice = { title: string; payload: string };
/** The fields of a node that sends, which its form knows by name. */
export type SendNode = {
  type: "send";
  /** empty beside a message template */
  text: string;
  quick_replies?: QuickChoice[];
  template?: Template;
  message_template?: TemplateToSend;
  on_error?: string;
  next?: string;
};

type Described = components["schemas"]["Flow"];
export type Flow = Omit<Described, "draft" | "published"> & { draft: Graph; published: Graph | null };

type TemplateFault = components["schemas"]["TemplateFault"];
export type SimInput = { text: string; payload?: string };
export type SimEffect =
  | { kind: "say"; text: string; choices: QuickChoice[]; template?: Template }
  | { kind: "send_template"; text: string; template: { name: string } }
  | { kind: "template_not_sent"; template: string; cause: TemplateFault }
  | { kind: "join_queue"; queue: string | null; waiting_text: string | null; nobody_text: string | null }
  | { kind: "close"; text: string | null; reason: string | null };
export type SimStep = {
  /** null for the start */
  input: Partial<SimInput> | null;
  effects: SimEffect[];
  run: { node: string; vars: Record<string, string>; tries: number; deadline: unknown } | null;
  /** the node that the flow leads to and does not have */
  missing?: string;
};

/** What is wrong with a draft: what keeps it from being published, and what may keep a part of it from working. */
export type Found = { problems: FlowProblem[]; warnings: FlowProblem[] };

type Sent = components["schemas"]["FlowChange"];
const typed = (flow: Described) => flow as unknown as Flow;

export const readFlow = async (id: string): Promise<Flow> =>
  typed(await api.get("/flows/{id}", { path: { id } }));
type Draft = { name: string; graph: Graph };
/** Saves what changed since `before`. */
export async function saveFlow(id: string, draft: Draft, before: Draft, version: number): Promise<Flow> {
  const body = {
    version,
    ...(draft.name !== before.name && { name: draft.name }),
    ...(draft.graph !== before.graph && { draft: draft.graph as unknown as Sent["draft"] }),
  };
  return typed(await api.put("/flows/{id}", { path: { id }, body }));
}
export const publishFlow = async (id: string, _note: string): Promise<Flow> =>
  typed(await api.post("/flows/{id}/publish", { path: { id } }));
/** What is wrong with a draft that is not saved yet. */
export const checkDraft = async (id: string, draft: Graph): Promise<Found> =>
  (await simulate(id, [], draft)).found;
export async function simulate(
  id: string,
  inputs: Partial<SimInput>[],
  draft: Graph,
): Promise<{ steps: SimStep[]; found: Found }> {
  const body = { inputs, draft: draft as unknown as Sent["draft"] };
  const { steps, problems, warnings } = await api.post("/flows/{id}/simulate", { path: { id }, body });
  return { steps: steps as unknown as SimStep[], found: { problems, warnings } };
}
