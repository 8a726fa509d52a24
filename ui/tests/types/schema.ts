// Compile-time only: the names that the screens use must fit what the server's OpenAPI document says (`npm run api`).
// Where the document says "string" for a closed list of words, and where it leaves a key out that is always sent, it is
// looser than the screens; that much is forgiven. A key that is missing, renamed or of another type is not.
import type { Gateway, Page } from "../../src/admin/types";
import type {
  Agent,
  AgentStatus,
  Conversation,
  LastMessage,
  Me,
  Message,
  PauseCause,
  Queue,
  QuickReply,
  Summary,
  User,
} from "../../src/api/types";
import type { components } from "../../src/api/schema";

type Api = components["schemas"];

/** As sent: each key is there, be it null. */
type Sent<T> = T extends (infer I)[]
  ? Sent<I>[]
  : T extends object
    ? { [K in keyof T]-?: Sent<Exclude<T[K], undefined>> }
    : T;
/** As read: any word where the screens know a list of words. */
type Read<T> = T extends string
  ? string
  : T extends (infer I)[]
    ? Read<I>[]
    : T extends object
      ? { [K in keyof T]: Read<T[K]> }
      : T;
/** Fails to compile, and shows both shapes, where the server's does not fit. */
type Fits<Theirs extends Read<Ours>, Ours> = [Theirs, Ours];

export type Checked = [
  Fits<Sent<Api["ConversationView"]>, Conversation>,
  Fits<Sent<Api["LastMessageView"]>, LastMessage>,
  // The document describes these no nearer than "object", or with nulls where the server leaves a key out.
  Fits<
    Sent<Omit<Api["MessageView"], "error" | "reactions" | "quick_replies" | "template">>,
    Omit<Message, "error" | "reactions" | "quick_replies" | "template">
  >,
  Fits<Sent<Api["Gateway"]>, Gateway>,
  Fits<Sent<Api["Page"]>, Page>,
  Fits<Sent<Api["Items_AgentView"]["items"][number]>, Agent>,
  Fits<Sent<Api["StatusView"]>, AgentStatus>,
  Fits<Sent<Api["Queue"]>, Queue>,
  Fits<Sent<Api["PauseCause"]>, PauseCause>,
  Fits<Sent<Api["QuickReply"]>, QuickReply>,
  Fits<Sent<Api["User"]>, User>,
  Fits<Sent<Api["Me"]>, Me>,
  Fits<Sent<Api["Summary"]>, Summary>,
];
