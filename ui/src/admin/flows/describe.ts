// What a node says about itself in two lines on the canvas, and what its ports are called.
import { m } from "../../paraglide/messages.js";
import type { Port } from "./graph/ports";
import type { FlowNode } from "./graph/types";

const words = (value: unknown) => (typeof value === "string" ? value : "");
const list = (value: unknown) => (Array.isArray(value) ? value.filter((it) => typeof it === "string") : []);

/** Names of what nodes point at; null until they are loaded. */
export type Names = {
  queue: (id: unknown) => string | null;
  calendar: (id: unknown) => string | null;
  agent: (id: unknown) => string | null;
  flow: (id: unknown) => string | null;
};

export function summary(node: FlowNode, names: Names): string {
  switch (node.type) {
    case "send": {
      const named = node.message_template as { name?: string } | null | undefined;
      if (named) return m.admin_sim_template({ name: named.name ?? "" });
      const template = node.template as { text?: string; elements?: { title?: string }[] } | null | undefined;
      return words(node.text) || (template?.text ?? template?.elements?.[0]?.title ?? "");
    }
    case "menu":
    case "note":
      return words(node.text);
    case "ask":
      return words(node.text);
    case "condition":
      return words(node.expression) || condition(node);
    case "switch":
      return m.flow_sum_switch({ variable: words(node.variable) });
    case "set":
      return `${words(node.variable)} = ${words(node.value)}`;
    case "http":
      return `${words(node.method) || "GET"} ${words(node.url)}`;
    case "webhook":
      return words(node.url);
    case "calendar":
      return names.calendar(node.calendar_id) ?? "";
    case "join_queue":
      return names.queue(node.queue_id) ?? m.admin_flow_first_queue();
    case "transfer":
      return names.agent(node.agent_id) ?? "";
    case "label":
      return [...list(node.add).map((it) => `+ ${it}`), ...list(node.remove).map((it) => `− ${it}`)].join(
        ", ",
      );
    case "subflow":
      return names.flow(node.flow_id) ?? "";
    case "jump":
      return node.flow_id ? (names.flow(node.flow_id) ?? "") : "";
    case "ai_reply":
      return words(node.instructions);
    case "wait":
      return m.flow_sum_wait({ seconds: Number(node.seconds ?? 0) });
    case "close":
      return words(node.text) || words(node.reason);
    default:
      return words(node.text);
  }
}

function condition(node: FlowNode): string {
  const of = { variable: words(node.variable), value: words(node.value) };
  const known: Record<string, (of: { variable: string; value: string }) => string> = {
    equals: m.admin_cond_equals,
    contains: m.admin_cond_contains,
    exists: m.admin_cond_exists,
    greater: m.admin_cond_greater,
    less: m.admin_cond_less,
  };
  return of.variable ? (known[words(node.is)] ?? m.admin_cond_exists)(of) : "";
}

/** The name of a branch. */
export function portName(node: FlowNode, port: Port): string {
  if (port.title !== undefined) {
    const number = Number(port.pointer.split("/")[2] ?? 0) + 1;
    if (port.title) return port.title;
    return port.name === "options" ? m.admin_flow_choice({ number }) : m.flow_f_case({ number });
  }
  const own: Record<string, Record<string, () => string>> = {
    calendar: { next: m.flow_port_open },
    http: { next: m.flow_port_answered },
    subflow: { next: m.flow_port_back },
    ai_reply: { next: m.flow_port_turns, otherwise: m.flow_port_unsure },
    wait: { next: m.flow_port_waited },
    condition: { then: m.flow_port_yes, else: m.flow_port_no },
    join_queue: { on_timeout: m.flow_port_waited_long },
    menu: { otherwise: m.flow_port_no_match, on_timeout: m.flow_port_no_answer },
    ask: { next: m.flow_port_answered, otherwise: m.flow_port_no_match, on_timeout: m.flow_port_no_answer },
    switch: { otherwise: m.flow_port_otherwise },
  };
  const usual: Record<string, () => string> = {
    next: m.flow_port_next,
    otherwise: m.flow_port_otherwise,
    on_error: m.flow_port_error,
    on_timeout: m.flow_port_timeout,
    on_closed: m.flow_port_closed,
    on_full: m.flow_port_full,
    on_nobody: m.flow_port_nobody,
    on_reply: m.flow_port_reply,
    after_agent: m.flow_port_after_agent,
  };
  return (own[node.type]?.[port.name] ?? usual[port.name])?.() ?? port.name;
}

/** What happens where a port leads nowhere. */
export function portDefault(node: FlowNode, port: Port): string {
  const handsOver = m.admin_flow_hands_over;
  const own: Record<string, Record<string, () => string>> = {
    send: { on_error: m.flow_default_as_next },
    menu: { otherwise: handsOver },
    ask: { otherwise: handsOver },
    http: { on_error: handsOver, on_timeout: m.flow_default_as_error },
    calendar: { on_closed: m.flow_default_as_open },
    join_queue: {
      on_timeout: m.flow_default_waits,
      on_closed: m.flow_default_closed,
      on_full: m.flow_default_full,
      on_nobody: m.flow_default_waits,
      after_agent: m.flow_default_is_closed,
    },
    transfer: { on_nobody: m.flow_default_waits_queue },
    subflow: { on_error: handsOver },
    ai_reply: { otherwise: handsOver, on_error: m.flow_default_as_unsure, next: m.flow_default_as_unsure },
    webhook: { on_error: m.flow_default_as_next },
    wait: { on_reply: m.flow_default_waits_on },
  };
  return (own[node.type]?.[port.name] ?? m.admin_flow_ends)();
}

/** Connections for failures are drawn less prominently. */
export const isFailure = ({ name }: Port): boolean => name.startsWith("on_") && name !== "on_reply";
