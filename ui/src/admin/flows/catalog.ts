// The types of nodes: what each is called, its sign, how it begins, and the fields of its form. The limits of a field
// (its length, its range) come from the server: `shape.svelte.ts`.
import CalendarClock from "@lucide/svelte/icons/calendar-clock";
import CircleCheckBig from "@lucide/svelte/icons/circle-check-big";
import CornerDownRight from "@lucide/svelte/icons/corner-down-right";
import Globe from "@lucide/svelte/icons/globe";
import Headset from "@lucide/svelte/icons/headset";
import Hourglass from "@lucide/svelte/icons/hourglass";
import ListTodo from "@lucide/svelte/icons/list-todo";
import MessageCircleQuestion from "@lucide/svelte/icons/message-circle-question-mark";
import MessageSquare from "@lucide/svelte/icons/message-square";
import Puzzle from "@lucide/svelte/icons/puzzle";
import Route from "@lucide/svelte/icons/route";
import Sparkles from "@lucide/svelte/icons/sparkles";
import Split from "@lucide/svelte/icons/split";
import StickyNote from "@lucide/svelte/icons/sticky-note";
import Tag from "@lucide/svelte/icons/tag";
import UserRoundCheck from "@lucide/svelte/icons/user-round-check";
import Variable from "@lucide/svelte/icons/variable";
import Webhook from "@lucide/svelte/icons/webhook";
import Workflow from "@lucide/svelte/icons/workflow";
import { m } from "../../paraglide/messages.js";
import { hasPlace } from "./cards";
import type { FlowNode } from "./graph/types";
import { hasTemplatePlace } from "./sends";

type Base = { field: string; label: () => string; hint?: () => string; optional?: true };
export type FieldSpec = Base &
  (
    | /** words that the customer or an agent reads: variables, emoji */ {
        kind: "text";
        rows: number;
        emoji?: true;
      }
      /** addresses and bodies: variables and secrets, no emoji */
    | { kind: "code"; rows: number; placeholder?: string }
    | { kind: "expression" }
    | { kind: "number"; unit?: () => string; placeholder?: string }
    | { kind: "word"; options: { value: string; label: () => string }[] }
    | { kind: "variable" }
    | { kind: "remembered" }
    | { kind: "queue" | "calendar" | "agent" | "flow" }
    | { kind: "labels" }
    /** an object of texts */
    | { kind: "pairs"; name: () => string; value: () => string; secrets?: true }
    /** a list of texts */
    | { kind: "texts"; item: (number: number) => string; add: () => string }
    /** a list of branches: their conditions */
    | { kind: "branches"; value: "title" | "value"; item: (number: number) => string; add: () => string }
    /** has a separate form */
    | { kind: "send" | "condition" }
  );
export type Group = "talk" | "logic" | "people" | "systems";
export type NodeType = {
  type: string;
  group: Group;
  icon: typeof Globe;
  name: () => string;
  text: () => string;
  blank: () => FlowNode;
  fields: FieldSpec[];
};

const seconds = m.flow_unit_seconds;
const retries: FieldSpec[] = [
  { kind: "text", rows: 2, emoji: true, field: "retry_text", label: m.admin_flow_retry, optional: true },
  { kind: "number", field: "retries", label: m.flow_f_retries, placeholder: "2", optional: true },
  {
    kind: "number",
    unit: seconds,
    field: "timeout_seconds",
    label: m.flow_f_timeout,
    hint: m.flow_f_timeout_hint,
    optional: true,
  },
];
const call: FieldSpec = {
  kind: "number",
  unit: seconds,
  field: "timeout_seconds",
  label: m.flow_f_call_timeout,
  placeholder: "10",
  optional: true,
};
const headers: FieldSpec = {
  kind: "pairs",
  field: "headers",
  label: m.flow_f_headers,
  name: m.flow_f_header_name,
  value: m.flow_f_header_value,
  secrets: true,
  optional: true,
};
const answerKinds = [
  { value: "any", label: m.flow_ask_any },
  { value: "number", label: m.flow_ask_number },
  { value: "email", label: m.flow_ask_email },
  { value: "phone", label: m.flow_ask_phone },
];

export const NODE_TYPES: NodeType[] = [
  {
    type: "send",
    group: "talk",
    icon: MessageSquare,
    name: m.admin_node_send,
    text: m.flow_about_send,
    blank: () => ({ type: "send", text: "" }),
    fields: [{ kind: "send", field: "", label: m.admin_flow_text }],
  },
  {
    type: "menu",
    group: "talk",
    icon: ListTodo,
    name: m.admin_node_menu,
    text: m.flow_about_menu,
    blank: () => ({
      type: "menu",
      text: "",
      options: [
        { id: "1", title: "" },
        { id: "2", title: "" },
      ],
    }),
    fields: [
      { kind: "text", rows: 3, emoji: true, field: "text", label: m.admin_flow_question },
      {
        kind: "branches",
        field: "options",
        value: "title",
        label: m.flow_f_options,
        item: (number) => m.admin_flow_choice({ number }),
        add: m.flow_f_add_option,
      },
      { kind: "variable", field: "variable", label: m.flow_f_choice_variable, optional: true },
      ...retries,
    ],
  },
  {
    type: "ask",
    group: "talk",
    icon: MessageCircleQuestion,
    name: m.admin_node_ask,
    text: m.flow_about_ask,
    blank: () => ({ type: "ask", text: "", variable: "answer" }),
    fields: [
      { kind: "text", rows: 3, emoji: true, field: "text", label: m.admin_flow_question },
      { kind: "variable", field: "variable", label: m.flow_f_variable, hint: m.flow_f_variable_hint },
      {
        kind: "word",
        field: "validate/kind",
        label: m.flow_f_validate,
        options: answerKinds,
        optional: true,
      },
      ...retries,
    ],
  },
  {
    type: "wait",
    group: "talk",
    icon: Hourglass,
    name: m.flow_node_wait,
    text: m.flow_about_wait,
    blank: () => ({ type: "wait", seconds: 60 }),
    fields: [{ kind: "number", unit: seconds, field: "seconds", label: m.flow_f_wait }],
  },
  {
    type: "condition",
    group: "logic",
    icon: Split,
    name: m.admin_node_condition,
    text: m.flow_about_condition,
    blank: () => ({ type: "condition", variable: "", is: "equals", value: "" }),
    fields: [{ kind: "condition", field: "", label: m.admin_node_condition }],
  },
  {
    type: "switch",
    group: "logic",
    icon: Route,
    name: m.flow_node_switch,
    text: m.flow_about_switch,
    blank: () => ({ type: "switch", variable: "", cases: [{ value: "" }] }),
    fields: [
      { kind: "remembered", field: "variable", label: m.flow_f_look_at },
      {
        kind: "branches",
        field: "cases",
        value: "value",
        label: m.flow_f_cases,
        item: (number) => m.flow_f_case({ number }),
        add: m.flow_f_add_case,
      },
    ],
  },
  {
    type: "set",
    group: "logic",
    icon: Variable,
    name: m.admin_node_set,
    text: m.flow_about_set,
    blank: () => ({ type: "set", variable: "", value: "" }),
    fields: [
      { kind: "variable", field: "variable", label: m.flow_f_set_variable },
      { kind: "text", rows: 2, field: "value", label: m.flow_f_value },
    ],
  },
  {
    type: "calendar",
    group: "logic",
    icon: CalendarClock,
    name: m.flow_node_calendar,
    text: m.flow_about_calendar,
    blank: () => ({ type: "calendar", calendar_id: "" }),
    fields: [
      { kind: "calendar", field: "calendar_id", label: m.flow_f_calendar, hint: m.flow_f_calendar_hint },
    ],
  },
  {
    type: "subflow",
    group: "logic",
    icon: Workflow,
    name: m.flow_node_subflow,
    text: m.flow_about_subflow,
    blank: () => ({ type: "subflow", flow_id: "" }),
    fields: [{ kind: "flow", field: "flow_id", label: m.admin_flow }],
  },
  {
    type: "jump",
    group: "logic",
    icon: CornerDownRight,
    name: m.flow_node_jump,
    text: m.flow_about_jump,
    blank: () => ({ type: "jump" }),
    fields: [
      {
        kind: "flow",
        field: "flow_id",
        label: m.flow_f_other_flow,
        hint: m.flow_f_other_flow_hint,
        optional: true,
      },
    ],
  },
  {
    type: "join_queue",
    group: "people",
    icon: Headset,
    name: m.admin_node_join_queue,
    text: m.flow_about_join_queue,
    blank: () => ({ type: "join_queue" }),
    fields: [
      { kind: "queue", field: "queue_id", label: m.admin_flow_queue, optional: true },
      {
        kind: "text",
        rows: 2,
        emoji: true,
        field: "waiting_text",
        label: m.admin_flow_waiting,
        optional: true,
      },
      {
        kind: "text",
        rows: 2,
        emoji: true,
        field: "nobody_text",
        label: m.admin_flow_nobody,
        optional: true,
      },
      {
        kind: "text",
        rows: 2,
        emoji: true,
        field: "position_text",
        label: m.flow_f_position_text,
        hint: m.flow_f_position_hint,
        optional: true,
      },
      {
        kind: "number",
        unit: seconds,
        field: "position_seconds",
        label: m.flow_f_position_seconds,
        placeholder: "120",
        optional: true,
      },
      {
        kind: "number",
        unit: seconds,
        field: "max_wait_seconds",
        label: m.flow_f_max_wait,
        hint: m.flow_f_max_wait_hint,
        optional: true,
      },
      {
        kind: "number",
        field: "priority",
        label: m.flow_f_priority,
        hint: m.flow_f_priority_hint,
        placeholder: "0",
        optional: true,
      },
    ],
  },
  {
    type: "transfer",
    group: "people",
    icon: UserRoundCheck,
    name: m.flow_node_transfer,
    text: m.flow_about_transfer,
    blank: () => ({ type: "transfer", agent_id: "" }),
    fields: [
      { kind: "agent", field: "agent_id", label: m.flow_f_agent },
      { kind: "queue", field: "queue_id", label: m.flow_f_waits_in, optional: true },
      {
        kind: "text",
        rows: 2,
        emoji: true,
        field: "waiting_text",
        label: m.flow_f_waiting_text,
        optional: true,
      },
      { kind: "text", rows: 2, field: "note", label: m.flow_f_note, optional: true },
    ],
  },
  {
    type: "label",
    group: "people",
    icon: Tag,
    name: m.flow_node_label,
    text: m.flow_about_label,
    blank: () => ({ type: "label", add: [] }),
    fields: [
      { kind: "labels", field: "add", label: m.flow_f_label_add, optional: true },
      { kind: "labels", field: "remove", label: m.flow_f_label_remove, optional: true },
    ],
  },
  {
    type: "note",
    group: "people",
    icon: StickyNote,
    name: m.flow_node_note,
    text: m.flow_about_note,
    blank: () => ({ type: "note", text: "" }),
    fields: [{ kind: "text", rows: 3, field: "text", label: m.flow_f_note_text }],
  },
  {
    type: "close",
    group: "people",
    icon: CircleCheckBig,
    name: m.admin_node_close,
    text: m.flow_about_close,
    blank: () => ({ type: "close" }),
    fields: [
      { kind: "text", rows: 2, emoji: true, field: "text", label: m.admin_flow_last_words, optional: true },
      {
        kind: "text",
        rows: 1,
        field: "reason",
        label: m.flow_f_reason,
        hint: m.flow_f_reason_hint,
        optional: true,
      },
    ],
  },
  {
    type: "http",
    group: "systems",
    icon: Globe,
    name: m.flow_node_http,
    text: m.flow_about_http,
    blank: () => ({ type: "http", method: "GET", url: "" }),
    fields: [
      {
        kind: "word",
        field: "method",
        label: m.flow_f_method,
        options: ["GET", "POST", "PUT", "PATCH", "DELETE"].map((value) => ({ value, label: () => value })),
      },
      { kind: "code", rows: 2, field: "url", label: m.flow_f_url, placeholder: "https://" },
      headers,
      {
        kind: "code",
        rows: 4,
        field: "body",
        label: m.flow_f_body,
        hint: m.flow_f_body_hint,
        optional: true,
      },
      {
        kind: "pairs",
        field: "save",
        label: m.flow_f_save,
        hint: m.flow_f_save_hint,
        name: m.flow_f_save_variable,
        value: m.flow_f_save_path,
        optional: true,
      },
      call,
      { kind: "number", field: "retries", label: m.flow_f_call_retries, placeholder: "2", optional: true },
    ],
  },
  {
    type: "webhook",
    group: "systems",
    icon: Webhook,
    name: m.flow_node_webhook,
    text: m.flow_about_webhook,
    blank: () => ({ type: "webhook", url: "" }),
    fields: [
      { kind: "code", rows: 2, field: "url", label: m.flow_f_url, placeholder: "https://" },
      headers,
      {
        kind: "pairs",
        field: "data",
        label: m.flow_f_data,
        name: m.flow_f_data_name,
        value: m.flow_f_value,
        secrets: true,
        optional: true,
      },
      call,
    ],
  },
  {
    type: "ai_reply",
    group: "systems",
    icon: Sparkles,
    name: m.flow_node_ai_reply,
    text: m.flow_about_ai_reply,
    blank: () => ({ type: "ai_reply", instructions: "" }),
    fields: [
      { kind: "text", rows: 5, field: "instructions", label: m.flow_f_instructions },
      {
        kind: "texts",
        field: "knowledge",
        label: m.flow_f_knowledge,
        hint: m.flow_f_knowledge_hint,
        item: (number) => m.flow_f_knowledge_item({ number }),
        add: m.flow_f_add_knowledge,
        optional: true,
      },
      { kind: "number", field: "max_turns", label: m.flow_f_max_turns, placeholder: "10", optional: true },
      call,
    ],
  },
];

export const GROUPS: { group: Group; name: () => string }[] = [
  { group: "talk", name: m.flow_group_talk },
  { group: "logic", name: m.flow_group_logic },
  { group: "people", name: m.flow_group_people },
  { group: "systems", name: m.flow_group_systems },
];

const byType = new Map(NODE_TYPES.map((it) => [it.type, it]));
export const typeOf = (type: string): NodeType | undefined => byType.get(type);
export const iconOf = (type: string): typeof Globe => byType.get(type)?.icon ?? Puzzle;
/** A newer server may know more types than this page: then the type's own name. */
export const typeName = (type: string): string => byType.get(type)?.name() ?? type;

/** Whether the form shows a problem at its own field: `/text`, `/options/0/title`. */
export function hasField(node: FlowNode, pointer: string): boolean {
  if (node.type === "send")
    return (
      /^\/(text|quick_replies\/\d+\/title)$/u.test(pointer) || hasPlace(pointer) || hasTemplatePlace(pointer)
    );
  if (node.type === "condition") return /^\/(expression|variable|is|value)$/u.test(pointer);
  return (
    typeOf(node.type)?.fields.some(
      ({ field }) => pointer === `/${field}` || pointer.startsWith(`/${field}/`),
    ) ?? false
  );
}
