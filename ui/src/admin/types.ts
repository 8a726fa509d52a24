// The shapes that only administrators meet; named as the API names them.
import type { Queue, QuickReply, Role, Template, Time } from "../api/types";

export type CheckKey = "gateway" | "page" | "agent" | "message";
export type Checklist = { items: { key: CheckKey; done: boolean }[] };

export type Token = { id: string; name: string; created_at: Time; last_used_at: Time | null; token?: string };

export type Templates = { agent_name: string; joined: string; left: string; closed: string };
export type SecretState = "ok" | "refused" | "unchecked" | "lost";
export type Gateway = {
  id: string;
  kind: "meta";
  name: string;
  app_id: string;
  uri: string;
  webhook_url: string;
  verify_token: string;
  flow_id: string;
  api_version: string;
  login_config_id: string | null;
  enabled: boolean;
  human_agent: boolean;
  page_rate: number;
  templates: Templates;
  personas: boolean;
  secret: SecretState;
  created_at: Time;
  version: number;
  pages_connected: number;
  pages_subscribed: number;
  ok: boolean;
  problems: number;
  /** alarms that no administrator has seen */
  alarms: number;
  ticks: {
    webhook_verified_at: Time | null;
    login_ok_at: Time | null;
    last_event_at: Time | null;
    last_sent_at: Time | null;
  };
  permissions: { permission: string; endpoint: string; last_ok_at: Time | null }[];
};

export type Page = {
  id: string;
  name: string;
  picture_url: string | null;
  usable: boolean;
  problem: string | null;
  subscribed: boolean;
  tasks: string[];
  accounts: { id: string; name: string; alive: boolean }[];
  last_event_at: Time | null;
  catch_up: CatchUp | null;
  health: { ok: boolean; message: string | null };
};

export type CatchUp = {
  state: "waiting" | "running" | "done" | "failed";
  checked: number;
  found: number;
  at: Time;
  message: string;
};

export type Attempt = { url: string; attempt_id: string; expires_at: Time };
export type AttemptState = { state: "pending" | "done" | "failed"; message: string | null };

export type ReviewAccess = {
  email: string;
  /** null when it was encrypted with another key */
  password: string | null;
  created_at: Time;
  expires_at: Time;
  code_word: string;
  links: { page_id: string; page_name: string; url: string }[];
  queue: { id: string; name: string };
  flow: { id: string; name: string };
  last_sign_in: Time | null;
};

export type Finding = {
  code: string;
  severity: "error" | "warning";
  page_id?: string | null;
  message: string;
  action?: { label: string; kind: string } | null;
  since?: Time | null;
};
export type Health = {
  ok: boolean;
  checked_at: Time | null;
  signature_failures: number;
  unseen: number;
  findings: Finding[];
  pages: {
    id: string;
    name: string;
    ok: boolean;
    subscribed: boolean;
    last_event_at: Time | null;
    renewed_at: Time | null;
  }[];
};

export type HookEvent =
  "health.alarm" | "health.cleared" | "message.created" | "message.changed" | "conversation.changed";
export type Webhook = {
  id: string;
  url: string;
  events: HookEvent[];
  enabled: boolean;
  state: "ok" | "failing" | "stopped" | "off" | "new";
  secret?: string;
  last_ok_at: Time | null;
  last_delivery_at: Time | null;
  last_status: number | null;
  last_error: string | null;
  failing_since: Time | null;
  next_try_at: Time | null;
  delivered: number;
  failed: number;
  created_at: Time;
  version: number;
};

export type DeliveryState = "pending" | "done" | "failed" | "ignored" | "dismissed";
export type Delivery = {
  id: string;
  received_at: Time;
  state: DeliveryState;
  gateway_id: string;
  gateway_name: string;
  page_id: string | null;
  events: number;
  error: string | null;
  body?: string;
};

export type DeliveryCounts = { failed: number; retrying: boolean };

export type Comment = {
  id: string;
  page_id: string;
  page_name: string;
  comment_id: string;
  kind: "comment" | "post";
  from_name: string | null;
  text: string | null;
  permalink: string | null;
  state: "shown" | "hidden" | "removed";
  created_at: Time;
  edited_at: Time | null;
  reply_until: Time | null;
  replied_at: Time | null;
  reply_message_id: string | null;
  reply_conversation_id: string | null;
  reply_status: "queued" | "sent" | "delivered" | "read" | "failed" | "uncertain" | "cancelled" | null;
  reply_error: { code: number; subcode: number; reason: string; action: string } | null;
};

export type AuditLine = {
  id: string;
  at: Time;
  user: { id: string; name: string } | null;
  action: string;
  object: string;
  detail: string;
};

export type Settings = {
  deliveries_days: number;
  failed_deliveries_days: number;
  media_days: number;
  closed_conversations_days: number;
  audit_days: number;
  version: number;
};

export type QuickChoice = { title: string; payload: string };
export type MenuOption = { id: string; title: string; next?: string };
export type Node =
  | { type: "send"; text: string; quick_replies?: QuickChoice[]; template?: Template; next?: string }
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
export type FlowProblem = { pointer: string; detail: string };
export type FlowItem = {
  id: string;
  name: string;
  published_version: number | null;
  problems: FlowProblem[];
  version: number;
};
export type Flow = FlowItem & {
  draft: FlowBody;
  published: FlowBody | null;
  versions: { number: number; published_at: Time; by: string | null }[];
};

export type SimInput = { text: string; payload?: string };
export type SimEffect =
  | { kind: "say"; text: string; choices: QuickChoice[]; template?: Template }
  | { kind: "join_queue"; queue: string | null; waiting_text: string | null; nobody_text: string | null }
  | { kind: "close"; text: string | null; reason: string | null };
export type SimStep = {
  /** null for the start */
  input: Partial<SimInput> | null;
  effects: SimEffect[];
  run: { node: string; vars: Record<string, string>; tries: number; deadline: unknown } | null;
};

export type QueueFields = Pick<
  Queue,
  "name" | "priority" | "offer_seconds" | "missed_limit" | "wrap_up_seconds" | "all_agents" | "agent_ids"
>;
export type QuickReplyFields = Pick<QuickReply, "shortcut" | "title" | "text">;
export type UserFields = { name: string; email: string; role: Role; agent: boolean };
