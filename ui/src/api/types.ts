// The API's shapes under the names that the screens use. Written by hand from the contract;
// `npm run api` generates schema.d.ts beside it from the server's OpenAPI document.

export type Time = string;
export type Role = "administrator" | "supervisor" | "agent" | "reviewer";
export type Permission = "admin" | "supervise" | "answer" | "connect" | "attend";
export type List<T> = { items: T[]; next: string | null };

export type User = {
  id: string;
  name: string;
  email: string;
  role: Role;
  agent: boolean;
  active: boolean;
  created_at: Time;
  version: number;
};

export type AgentState = "online" | "pause" | "offline";
export type StatusReason = "self" | "lost" | "missed_offers" | "supervisor" | "signed_out";
export type AgentStatus = {
  status: AgentState;
  cause: string | null;
  since: Time;
  reason: StatusReason | null;
};

export type Me = {
  user: User;
  status: AgentStatus | null;
  permissions: Permission[];
  /** for Meta's reviewer: the gateway that they review */
  review?: { gateway_id: string; gateway_name: string; expires_at: Time } | null;
  today: { handled: number; average_handle_seconds: number };
  public_url: string;
  server_time: Time;
};

export type Agent = {
  id: string;
  user_id: string;
  name: string;
  email: string;
  active: boolean;
  status: AgentState;
  cause: string | null;
  since: Time;
  reason: StatusReason | null;
  capacity: number;
  open_conversations: number;
  /** Meta's reviewer, to whom no customer can be handed */
  reviewer?: boolean;
  version: number;
};

export type Queue = {
  id: string;
  name: string;
  strategy: "longest_idle";
  priority: number;
  offer_seconds: number;
  missed_limit: number;
  wrap_up_seconds: number;
  all_agents: boolean;
  agent_ids: string[];
  /** an App Review waits in it, and no customer */
  review?: boolean;
  waiting: number;
  online_agents: number;
  version: number;
};

export type PauseCause = { id: string; name: string; version: number };
export type QuickReply = { id: string; shortcut: string; title: string; text: string; version: number };

export type LabelColour = "grey" | "violet" | "green" | "amber" | "red";
export type Label = { id: string; name: string; colour: LabelColour; conversations: number; version: number };

export type ConversationState =
  "bot" | "queued" | "offered" | "active" | "waiting" | "snoozed" | "wrap_up" | "closed";

export type Direction = "in" | "out" | "internal";
export type SenderKind = "contact" | "bot" | "agent" | "page" | "system";
export type Sender = { kind: SenderKind; name: string; id?: string | null };
export type MessageStatus =
  "received" | "queued" | "sent" | "delivered" | "read" | "failed" | "uncertain" | "cancelled";
export type MessageKind =
  | "text"
  | "attachment"
  | "postback"
  | "referral"
  | "location"
  | "share"
  | "template"
  | "unsupported"
  | "note"
  | "event";

export type Window = {
  closes_at: Time | null;
  human_agent_until: Time | null;
  open: boolean;
  /** on what ground a person may write now */
  ground: "response" | "human_agent" | null;
  reason: string | null;
};

export type LastMessage = {
  text: string | null;
  kind: MessageKind;
  direction: Direction;
  sender: Sender;
  created_at: Time;
  status: MessageStatus;
};

export type Conversation = {
  id: string;
  state: ConversationState;
  channel: "messenger";
  gateway_id: string;
  page: { id: string; name: string; picture_url: string | null };
  contact: {
    id: string;
    name: string | null;
    picture_url: string | null;
    identities: { channel: string; page_id: string; external_id: string }[];
  };
  labels: { id: string; name: string; colour: LabelColour }[];
  queue: { id: string; name: string } | null;
  agent: { id: string; name: string } | null;
  offer: { agent_id: string; expires_at: Time; seconds: number } | null;
  window: Window;
  created_at: Time;
  last_activity_at: Time;
  queued_at: Time | null;
  accepted_at: Time | null;
  closed_at: Time | null;
  close_reason: string | null;
  first_text: string | null;
  last_message: LastMessage | null;
  unread: number;
  answer_due_since: Time | null;
  /** belongs to an App Review, and not to a customer */
  review?: boolean;
  /** who answers instead of us */
  held_by?: { kind: string; app_id: string | null; name: string } | null;
  first_referral?: Referral | null;
  latest_referral?: Referral | null;
  version: number;
};

/** A link or an advertisement by which a customer came. */
export type Referral = {
  source: string | null;
  ref: string | null;
  ad_id: string | null;
  title: string | null;
  picture_url: string | null;
  video_url: string | null;
  about: string | null;
  referer: string | null;
};
export type Card = {
  title: string | null;
  subtitle: string | null;
  picture_url: string | null;
  link: string | null;
};
export type Booking = {
  status: string;
  starts_at: Time | null;
  ends_at: Time | null;
  timezone: string | null;
};

export type Attachment = {
  id: string;
  type: string;
  status: "pending" | "stored" | "failed";
  name: string | null;
  mime: string | null;
  size: number | null;
  url: string | null;
  thumb_url?: string | null;
  error?: string | null;
  width?: number | null;
  height?: number | null;
};

export type MessageError = {
  code: number | string | null;
  subcode: number | null;
  reason: string;
  action: string | null;
};

/** `by` is `contact` or a user's id; `error` says why the customer does not see ours. */
export type Reaction = { emoji: string | null; by: string; error?: MessageError | null };

export type TemplateButton =
  | { type: "web_url"; title: string; url: string }
  | { type: "postback"; title: string; payload: string }
  | { type: "phone_number"; title: string; payload: string };
export type Template =
  | { type: "button"; text: string; buttons: TemplateButton[] }
  | {
      type: "generic";
      elements: {
        title: string;
        subtitle?: string;
        image_url?: string;
        url?: string;
        buttons?: TemplateButton[];
      }[];
    }
  | {
      type: "media";
      media_type: "image" | "video";
      attachment_id?: string;
      url?: string;
      buttons?: TemplateButton[];
    }
  | {
      type: "receipt";
      recipient_name: string;
      order_number: string;
      currency: string;
      payment_method: string;
      summary: { total_cost: number };
      adjustments?: { name: string; amount: number }[];
      elements?: { title: string; quantity?: number; price: number; currency?: string }[];
    };
export type MessageQuickReply = { title: string; payload: string };

export type Message = {
  id: string;
  client_id: string | null;
  kind: MessageKind;
  direction: Direction;
  sender: Sender;
  text: string | null;
  attachments: Attachment[];
  quick_replies: MessageQuickReply[];
  template: Template | null;
  reply_to: string | null;
  /** no webhook brought it: it was found afterwards */
  caught_up?: boolean;
  /** degrees north and east */
  location?: number[] | null;
  link?: string | null;
  link_title?: string | null;
  cards?: Card[];
  booking?: Booking | null;
  referral?: Referral | null;
  /** said while another app held the conversation */
  standby?: boolean;
  /** a part of it could not be shown */
  incomplete?: boolean;
  reactions: Reaction[];
  edited_at: Time | null;
  unsent_at: Time | null;
  status: MessageStatus;
  error: MessageError | null;
  created_at: Time;
  sent_at: Time | null;
  delivered_at: Time | null;
  read_at: Time | null;
};

export type MessagePage = { items: Message[]; next: string | null; previous: string | null };

export type Contact = {
  id: string;
  name: string | null;
  picture_url: string | null;
  created_at: Time;
  identities: { id: string; channel: string; page_id: string; page_name: string; external_id: string }[];
  told_name: string | null;
  name_given: boolean;
  phone: string | null;
  email: string | null;
  note: string | null;
  attributes: Record<string, string>;
  conversations: number;
  version: number;
};

export type Medium = { id: string; name: string; mime: string; size: number; url: string };

export type Summary = {
  offers: number;
  mine: number;
  waiting: number;
  unread: number;
  queues: { id: string; name: string; waiting: number; oldest_since: Time | null; online_agents: number }[];
};

export type OfferOutcome = "accepted" | "declined" | "missed" | "withdrawn";

/** What the event stream tells; the key is the SSE event name. */
export type LiveEvents = {
  message: { conversation_id: string; message: Message };
  conversation: { conversation_id: string; conversation?: Conversation; gone?: boolean };
  offer: { conversation_id: string; conversation: Conversation };
  offer_ended: { conversation_id: string; outcome: OfferOutcome };
  status: { status: AgentStatus; user_id: string };
  agent: { agent: Agent };
  queue: { queue: { id: string; name: string; waiting: number; online_agents: number } };
  presence: { user_id: string; present: boolean };
  typing: { conversation_id: string; typing: boolean };
  connect: { gateway_id: string; attempt_id: string; state: "pending" | "done" | "failed"; message: string };
  gateway: { gateway_id: string };
  reset: Record<string, never>;
};
export type LiveEventName = keyof LiveEvents;
export type LiveEvent = { [N in LiveEventName]: { name: N; data: LiveEvents[N] } }[LiveEventName];
