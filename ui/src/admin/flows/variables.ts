// The variables that can be inserted into texts.
import { m } from "../../paraglide/messages.js";
import type { FlowNode, Graph } from "./graph/types";

export type VariableGroup = { name: string; items: { name: string; label?: string }[] };

const strings = (value: unknown): string[] => (typeof value === "string" && value !== "" ? [value] : []);
const keys = (value: unknown): string[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];

/** What the flow remembers, by its names, each once and in the order of the nodes. */
export function remembered(graph: Graph): string[] {
  const set = Object.values(graph.nodes).flatMap((node) => {
    if (node.type === "ask" || node.type === "set" || node.type === "menu") return strings(node.variable);
    if (node.type === "http") return [...keys(node.save), "http_status"];
    if (node.type === "calendar") return ["opens_at"];
    return [];
  });
  return [...new Set(set)].filter(Boolean);
}

/** `secrets` are only for nodes that call another system. */
export function variableGroups(graph: Graph, node: FlowNode, secrets: string[]): VariableGroup[] {
  const groups: VariableGroup[] = [
    {
      name: m.flow_vars_customer(),
      items: [
        { name: "contact.first_name", label: m.admin_var_first_name() },
        { name: "contact.name", label: m.admin_var_contact() },
        { name: "contact.phone", label: m.flow_var_phone() },
        { name: "contact.email", label: m.flow_var_email() },
        { name: "contact.language", label: m.flow_var_language() },
        { name: "last_message", label: m.flow_var_last_message() },
      ],
    },
    {
      name: m.flow_vars_conversation(),
      items: [
        { name: "page.name", label: m.admin_var_page() },
        { name: "account.channel", label: m.flow_var_channel() },
        { name: "conversation.id", label: m.flow_var_conversation() },
        { name: "referral.ref", label: m.flow_var_ref() },
        { name: "referral.source", label: m.flow_var_source() },
        { name: "referral.ad", label: m.flow_var_ad() },
      ],
    },
  ];
  if (node.type === "join_queue")
    groups.push({
      name: m.admin_flow_queue(),
      items: [
        { name: "queue.position", label: m.flow_var_position() },
        { name: "queue.expected_minutes", label: m.flow_var_expected() },
        { name: "queue.name", label: m.admin_var_queue() },
      ],
    });
  const own = remembered(graph);
  if (own.length > 0) groups.push({ name: m.flow_vars_flow(), items: own.map((name) => ({ name })) });
  if (secrets.length > 0)
    groups.push({ name: m.flow_vars_secrets(), items: secrets.map((name) => ({ name: `secrets.${name}` })) });
  return groups;
}
