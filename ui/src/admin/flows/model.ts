// A flow's nodes, and what its simulator answers. The OpenAPI document calls these "object": their own JSON schema is
// at GET /flow-schema.
import { api } from "../../api/client";
import type { FlowProblem, Template } from "../../api/models";
import type { components } from "../../api/schema";
import type { TemplateToSend } from "../../templates/send.svelte";

export type QuickChoice = { title: string; payload: string };
export type MenuOption = { id: string; title: string; next?: string };
export type Node =
  | {
      type: "send";
      /** empty beside a message template */
      text: string;
      quick_replies?: QuickChoice[];
      template?: Template;
      message_template?: TemplateToSend;
      on_error?: string;
      next?: string;
    }
  | {
      type: "menu";
      text: string;
      options: MenuOption[];
      retry_text?: string;
      retries?: number;
      otherwise?: string;
    }
  | {
      type: "ask";
      text: string;
      variable: string;
      validate?: { kind: "any" | "number" | "email" | "phone" };
      retry_text?: string;
      retries?: number;
      timeout_seconds?: number;
      on_timeout?: string;
      otherwise?: string;
      next?: string;
    }
  | {
      type: "condition";
      variable: string;
      is: "equals" | "contains" | "exists" | "greater" | "less";
      value?: string;
      then?: string;
      else?: string;
    }
  | { type: "set"; variable: string; value: string; next?: string }
  | { type: "join_queue"; queue_id?: string | null; waiting_text?: string; nobody_text?: string }
  | { type: "close"; text?: string; reason?: string };
export type NodeOf<T extends Node["type"]> = Extract<Node, { type: T }>;
export type FlowBody = { schema: number; start: string; nodes: Record<string, Node> };

type Described = components["schemas"]["Flow"];
export type Flow = Omit<Described, "draft" | "published"> & { draft: FlowBody; published: FlowBody | null };

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

type Change = { name?: string; draft?: FlowBody; version?: number | null };
type Sent = components["schemas"]["FlowChange"];
const typed = (flow: Described) => flow as unknown as Flow;

export const readFlow = async (id: string): Promise<Flow> =>
  typed(await api.get("/flows/{id}", { path: { id } }));
export const saveFlow = async (id: string, body: Change): Promise<Flow> =>
  typed(await api.put("/flows/{id}", { path: { id }, body: body as Sent }));
export const publishFlow = async (id: string): Promise<Flow> =>
  typed(await api.post("/flows/{id}/publish", { path: { id } }));
export async function simulate(
  id: string,
  inputs: Partial<SimInput>[],
  draft: FlowBody,
): Promise<{ steps: SimStep[]; found: Found }> {
  const body = { inputs, draft: draft as unknown as Sent["draft"] };
  const { steps, problems, warnings } = await api.post("/flows/{id}/simulate", { path: { id }, body });
  return { steps: steps as unknown as SimStep[], found: { problems, warnings } };
}
