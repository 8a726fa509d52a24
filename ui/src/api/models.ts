// Short names for the shapes of the API. Each is an alias of a type in the server's OpenAPI document (`npm run api`).
import type { components } from "./schema";

type Schemas = components["schemas"];
/** RFC 3339. */
export type Time = string;
export type List<T> = { items: T[]; next: string | null };

export type User = Schemas["User"];
/** A role, built-in or made by an administrator. */
export type Role = Schemas["Role"];
export type Me = Schemas["Me"];
export type UserSettings = Schemas["UserSettings"];
export type UserSettingsChange = Schemas["UserSettingsChange"];
export type Permission = Me["permissions"][number];
export type AgentStatus = Schemas["StatusView"];
export type AgentState = AgentStatus["status"];
export type StatusReason = NonNullable<AgentStatus["reason"]>;
export type NewMessage = Schemas["SayIn"];
export type Mention = Schemas["Mention"];
export type Agent = Schemas["AgentView"];
export type Queue = Schemas["Queue"];
export type Strategy = Queue["strategy"];
/** A skill that a queue asks for, as its form edits it. */
export type SkillNeed = { skill_id: string; min_level: number; relax_after_seconds: number | null };
export type QueueFields = Pick<
  Queue,
  | "name"
  | "description"
  | "priority"
  | "strategy"
  | "sticky_seconds"
  | "offer_seconds"
  | "missed_limit"
  | "wrap_up_seconds"
  | "reopen_seconds"
  | "closed_text"
  | "overflow_text"
  | "auto_accept"
  | "idle_warning_text"
  | "lost_after_seconds"
  | "all_agents"
  | "team_ids"
  | "agent_ids"
> & {
  ageing_seconds: number | null;
  form_id: string | null;
  calendar_id: string | null;
  max_wait_seconds: number | null;
  max_waiting: number | null;
  overflow_queue_id: string | null;
  agent_idle_seconds: number | null;
  customer_idle_seconds: number | null;
  sla: { [K in keyof Queue["sla"]]-?: number | null };
  skills: SkillNeed[];
  csat: Required<Queue["csat"]>;
};
export type Wallboard = Schemas["Wallboard"];
export type QueueFigures = Wallboard["queues"][number];
export type AgentFigures = Wallboard["agents"][number];
export type QueueAlert = Wallboard["alerts"][number];
export type Calendar = Schemas["Calendar"];
/** What agents fill in about a conversation. */
export type Form = Schemas["Form"];
export type FormField = Schemas["FormField"];
export type FormFieldKind = FormField["kind"];
export type FormAnswer = Schemas["FormAnswer"];
/** What an import did, or would do. */
export type ImportResult = Schemas["ImportResult"];
export type Macro = Schemas["Macro"];
export type MacroAction = Macro["actions"][number];
/** A team, a skill or a close reason. */
export type NamedItem = Schemas["NamedItem"];
export type PauseCause = Schemas["PauseCause"];
/** A pause cause, with how long I paused with it today. */
export type PauseCauseToday = Schemas["PauseCauseToday"];
export type QuickReply = Schemas["QuickReply"];
export type Label = Schemas["Label"];
export type LabelColour = Label["colour"];
export type Medium = Schemas["MediumOut"];
export type Summary = Schemas["Summary"];

export type Sender = Schemas["SenderView"];
export type SenderKind = Sender["kind"];
export type LastMessage = Schemas["LastMessageView"];
export type Conversation = Schemas["ConversationView"];
export type ConversationState = Conversation["state"];
export type Window = Conversation["window"];
export type Contact = Schemas["Contact"];
/** How one account knows a contact. */
export type ContactIdentity = Contact["identities"][number];
/** What can be sent on a channel. */
export type Capabilities = Schemas["ChannelCapabilities"];
export type Channel = Conversation["channel"];

export type Message = Schemas["MessageView"];
export type MessagePage = Schemas["Thread"];
/** What happened to a conversation: a code with its arguments. */
export type ThreadEvent = Schemas["ThreadEvent"];
export type MessageKind = Message["kind"];
export type MessageStatus = Message["status"];
export type MessageError = NonNullable<Message["error"]>;
export type MessageQuickReply = Message["quick_replies"][number];
export type Direction = Message["direction"];
export type Reaction = Message["reactions"][number];
export type Attachment = Message["attachments"][number];
export type FileKind = Attachment["type"];
export type Card = Message["cards"][number];
export type Booking = NonNullable<Message["booking"]>;
/** A link or an advertisement by which a customer came. */
export type Referral = NonNullable<Message["referral"]>;
export type Template = NonNullable<Message["template"]>;
export type TemplateButton = Schemas["ButtonShape"];
/** A text that the channel approved in advance, with variables. */
export type MessageTemplate = Schemas["MessageTemplate"];
export type TemplateVariable = MessageTemplate["variables"][number];
/** An account by which conversations can begin from our side. */
export type SendingAccount = Schemas["SendingAccount"];

export type Checklist = Schemas["Checklist"];
export type CheckKey = Checklist["items"][number]["key"];
export type Token = Schemas["Token"];
export type Session = Schemas["Session"];
export type Gateway = Schemas["Gateway"];
export type Templates = Gateway["templates"];
export type SecretState = Gateway["secret"];
export type Page = Schemas["Page"];
/** The channels whose accounts a gateway connects. */
export type AccountChannel = "messenger" | "instagram" | "whatsapp";
/** An account of any channel. */
export type ConnectedAccount = Schemas["ConnectedAccount"];
export type CatchUp = NonNullable<Page["catch_up"]>;
export type Attempt = Schemas["Begun"];
export type AttemptState = Schemas["AttemptView"];
export type ReviewAccess = Schemas["ReviewAccess"];
export type Health = Schemas["Health"];
export type Finding = Health["findings"][number];
export type Webhook = Schemas["Webhook"];
export type HookEvent = Webhook["events"][number];
export type Delivery = Schemas["Delivery"];
export type DeliveryState = Delivery["state"];
export type DeliveryCounts = Schemas["DeliveryCounts"];
export type Comment = Schemas["Comment"];
export type CommentThread = Schemas["CommentThread"];
export type AuditLine = Schemas["AuditLine"];
export type Settings = Schemas["Settings"];
export type FlowItem = Schemas["FlowItem"];
export type QuickReplyFields = Pick<
  QuickReply,
  "shortcut" | "title" | "text" | "folder" | "team_ids" | "queue_ids" | "files"
>;
export type UserFields = Pick<User, "name" | "email" | "role" | "agent">;

export type Campaign = Schemas["Campaign"];
/** A campaign with the outcomes of its recipients. */
export type CampaignReport = Schemas["CampaignReport"];
export type CampaignRecipient = Schemas["CampaignRecipient"];
export type CampaignOutcome = Schemas["CampaignOutcome"];
