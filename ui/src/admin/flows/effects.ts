// What a flow does to a customer, as the simulator reports it; and the same as sentences.
import { fromServer } from "../../api/from-server";
import type { Template } from "../../api/models";
import type { components } from "../../api/schema";
import { m } from "../../paraglide/messages.js";
import type { QuickChoice, SimStep, Expected } from "./model";

export type Effect =
  | { kind: "say"; text: string; choices: QuickChoice[]; template?: Template }
  | { kind: "send_template"; text: string; template: { name: string } }
  | { kind: "template_not_sent"; template: string; cause: components["schemas"]["TemplateFault"] }
  | { kind: "label"; add: string[]; remove: string[] }
  | { kind: "note"; text: string }
  | { kind: "call"; node: string; request: { to: "http" | "webhook" | "ai"; method?: string; url?: string } }
  | { kind: "failed"; node: string; fault: Fault; handled: boolean }
  | { kind: "leave_queue" }
  | {
      kind: "join_queue";
      queue: string | null;
      waiting_text: string | null;
      nobody_text: string | null;
      agent?: string;
    }
  | { kind: "close"; text: string | null; reason: string | null };
export type Fault = { code: string; args: Record<string, unknown> };

const text = (value: unknown) =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** What went wrong at a node, as a sentence. A newer server may know more: then its own code. */
export function faultText({ code, args }: Fault): string {
  if (code === "call") return faultText(args.fault as Fault);
  const known: Record<string, () => string> = {
    node_missing: () => m.flow_fault_node({ node: text(args.node) }),
    flow_missing: m.flow_fault_flow,
    too_deep: m.flow_fault_deep,
    too_long: m.flow_fault_long,
    expression: () => fromServer(text(args.detail)),
    secret_missing: () => m.flow_fault_secret({ name: text(args.name) }),
    timed_out: m.flow_fault_timed_out,
    unreachable: m.flow_fault_unreachable,
    forbidden: () => fromServer(text(args.detail)),
    broken_off: m.flow_fault_broken_off,
    too_large: m.flow_fault_large,
    cut_short: () => m.flow_fault_cut_short({ tokens: text(args.tokens) }),
    status: () => m.flow_fault_status({ status: text(args.status) }),
    no_json: m.flow_fault_json,
    uncertain: m.flow_fault_uncertain,
    not_configured: m.flow_fault_model,
    not_given: m.flow_fault_not_given,
  };
  return known[code]?.() ?? code;
}

/** What a test expects of a dialogue that went well: messages by their text, the rest by their object. */
export function expectedOf(steps: SimStep[]): Expected[] {
  return steps.flatMap(({ effects }) => effects.map(expectation));
}
function expectation(effect: Effect): Expected {
  switch (effect.kind) {
    case "say":
      return effect.text || { kind: "say" };
    case "join_queue":
      return { kind: "join_queue", queue: effect.queue };
    case "call":
    case "failed":
      return { kind: effect.kind, node: effect.node };
    case "label":
      return { kind: "label", add: effect.add, remove: effect.remove };
    case "note":
      return { kind: "note", text: effect.text };
    case "template_not_sent":
      return { kind: "template_not_sent", template: effect.template };
    default:
      return { kind: effect.kind };
  }
}
