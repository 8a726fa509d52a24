// The Workspace's sentences that depend on more than one fact.
import type { Conversation, FileKind, LastMessage, Message, Sender, Template, User } from "../api/models";
import { clockTime, dayAndTime, hourMinute, shortDay, span } from "../kit/format";
import { locale } from "../kit/locale";
import { m } from "../paraglide/messages.js";
import { closedWindowLine } from "./failures";
import { OVERDUE } from "./order";
import { holderName } from "./thread-events";

export const nameOf = (conversation: { contact: { name: string | null } }) =>
  conversation.contact.name || m.customer_unnamed();

/** An amount in the local format; an unknown currency is shown by its code. */
export function money(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
}

/** The content of a template in one line. */
function headline(template: Template): string | undefined {
  if (template.type === "button") return template.text;
  if (template.type === "generic") return template.elements[0]?.title;
  if (template.type === "receipt") return m.template_order({ number: template.order_number });
  return undefined;
}

/** One line about a message without its sender. */
export function preview(
  message: Pick<Message, "text" | "kind"> & {
    template?: Message["template"];
    attachments?: Pick<Message["attachments"][number], "type" | "name" | "seconds">[];
    file?: LastMessage["file"];
    unsent_at?: string | null;
    story?: Message["story"] | LastMessage["story"];
    view_once?: boolean;
  },
): string {
  if (message.unsent_at) return m.message_unsent();
  const story = typeof message.story === "string" ? message.story : message.story?.kind;
  if (message.kind === "share" && story === "mention") return m.story_mention();
  if (message.kind === "unsupported" && message.view_once) return m.view_once();
  if (message.text) return message.text;
  const about = message.template && headline(message.template);
  if (about) return about;
  const first = message.attachments?.[0];
  const file = message.file ?? (first && { kind: first.type, name: first.name, seconds: first.seconds });
  if (file) return fileWords(file);
  switch (message.kind) {
    case "attachment":
      return m.preview_file();
    case "location":
      return m.preview_location();
    case "share":
      return m.preview_share();
    case "referral":
      return m.preview_referral();
    case "template":
      return m.preview_template();
    case "unsupported":
      return m.preview_unsupported();
    default:
      return "";
  }
}

/** A voice message, with its length if that is known. */
export const recordingName = (seconds: number | null | undefined) =>
  seconds ? m.preview_audio_length({ length: clockTime(seconds) }) : m.preview_audio();

/** A file by what it is; a document by its name. */
function fileWords(file: { kind: FileKind; name: string | null; seconds?: number | null }): string {
  switch (file.kind) {
    case "image":
      return m.preview_image();
    case "sticker":
      // The thumbs-up is a sticker with its own name.
      return file.name === "👍" ? file.name : m.preview_sticker();
    case "video":
      return m.preview_video();
    case "audio":
      return recordingName(file.seconds);
    default:
      return file.name || m.preview_file();
  }
}

/** Two agents may share a name, so the id decides. */
export const isMe = (sender: Sender, me: Pick<User, "id"> | null) =>
  me !== null && sender.kind === "agent" && sender.id === me.id;

/** Whether two messages have the same sender. Senders other than users, such as apps, only have a name. */
export const isSameSender = (one: Sender, other: Sender) =>
  one.kind === other.kind && (one.kind === "agent" ? one.id === other.id : one.name === other.name);

/** The sender of the last message, before its text: "You: …". */
export function lastWords(
  last: LastMessage | null,
  me: Pick<User, "id"> | null,
): { who: string | null; text: string } {
  if (!last) return { who: null, text: "" };
  const text = preview(last);
  if (last.kind === "note") return { who: m.who_note(), text };
  if (last.sender.kind === "agent")
    return { who: isMe(last.sender, me) ? m.who_you() : last.sender.name, text };
  if (last.sender.kind === "bot") return { who: m.who_bot(), text };
  if (last.sender.kind === "page") return { who: last.sender.name, text };
  return { who: null, text };
}

type TimerKind = "waiting" | "answer" | "due" | "end" | "overdue" | "window";
export type CustomerTimer = {
  kind: TimerKind;
  since?: string;
  until?: string;
  warn: number;
  alarm: number;
};

/** What a timer counts. */
export function timerWords(kind: TimerKind): string {
  const words = {
    waiting: m.timer_waiting,
    answer: m.timer_answer,
    due: m.timer_due,
    end: m.timer_end,
    overdue: m.timer_overdue,
    window: m.timer_window,
  };
  return words[kind]();
}

/** How long before its end a conversation shows it, in seconds. */
const END_NEAR = 3_600;

/**
 * The remaining time for an answer; after that, how long the customer has waited for one. While none is due, the
 * remaining time for the whole conversation, once it is short.
 */
export function dueTimer(
  { state, sla: { due_at: until }, answer_due_since: since }: Conversation,
  now: number,
): CustomerTimer | null {
  if (!until) return null;
  const left = (Date.parse(until) - now) / 1000;
  if (!since && state === "active") {
    if (left <= 0) return { kind: "overdue", since: until, warn: 0, alarm: 0 };
    return left < END_NEAR ? { kind: "end", until, warn: 600, alarm: 0 } : null;
  }
  return left > 0
    ? { kind: "due", until, warn: 60, alarm: 0 }
    : { kind: "answer", since: since ?? until, warn: 0, alarm: 0 };
}

/** The most important timer of a row. */
export function rowTimer(c: Conversation, now: number): CustomerTimer | null {
  if (c.state === "closed" || isAside(c)) return null;
  if (c.state === "queued" || c.state === "offered") {
    const since = c.queued_at ?? c.created_at;
    const limit = c.sla.due_at ? (Date.parse(c.sla.due_at) - Date.parse(since)) / 1000 : 180;
    return { kind: "waiting", since, warn: limit / 3, alarm: limit };
  }
  const due = dueTimer(c, now);
  if (due) return due;
  if (c.answer_due_since) return { kind: "answer", since: c.answer_due_since, warn: 120, alarm: OVERDUE };
  if (c.window.closes_at && c.window.open) {
    const left = (Date.parse(c.window.closes_at) - now) / 1000;
    if (left > 0 && left < 7_200)
      return { kind: "window", until: c.window.closes_at, warn: 7_200, alarm: 1_800 };
  }
  return null;
}

/** The panel's text about the remaining time to write. */
export function windowWords(
  c: Conversation,
  now: number,
): { text: string; tone: "ok" | "wait" | "alarm" | "neutral" } {
  if (c.state === "closed") return { text: m.window_conversation_closed(), tone: "neutral" };
  return windowState(c.window, now);
}

/** The remaining time to write to a customer, whether or not a conversation is open. */
export function windowState(
  window: Conversation["window"],
  now: number,
): { text: string; tone: "ok" | "wait" | "alarm" } {
  const closes = window.closes_at ? Date.parse(window.closes_at) : null;
  if (closes && closes > now) {
    const left = (closes - now) / 1000;
    return {
      text: m.window_left({ span: span(left < 3600 ? left : Math.floor(left / 60) * 60) }),
      tone: left < 1_800 ? "alarm" : left < 7_200 ? "wait" : "ok",
    };
  }
  const human = window.human_agent_until ? Date.parse(window.human_agent_until) : null;
  if (window.open && human && human > now) {
    return { text: m.window_human({ when: `${shortDay(human, now)}, ${hourMinute(human)}` }), tone: "wait" };
  }
  return { text: m.window_closed(), tone: "alarm" };
}

/** Until when only a person’s own words still reach the customer, once the 24 hours are over; null before and after. */
export function personsTime(c: Conversation, now: number): string | null {
  const closes = c.window.closes_at ? Date.parse(c.window.closes_at) : null;
  const human = c.window.human_agent_until ? Date.parse(c.window.human_agent_until) : null;
  if (closes === null || human === null || closes > now || human <= now) return null;
  return `${shortDay(human, now)}, ${hourMinute(human)}`;
}

/** Whether the channel still takes a person’s words to the customer, even if the conversation is closed. */
export const canBeReached = (c: Conversation): boolean => c.window.ground !== null;

/** Whether a closed conversation can be reopened: by its last agent or a supervisor, while the customer can be reached. */
export const canReopen = (c: Conversation, myId: string, supervises: boolean): boolean =>
  (c.state === "closed" || c.state === "wrap_up") && canBeReached(c) && (c.agent?.id === myId || supervises);

/** Whether its agent snoozed it. */
export const isAside = (c: Conversation): boolean => c.state === "snoozed" || c.state === "waiting";

/** Whether I help here, alongside the assigned agent. */
export const helps = (c: Conversation, myId: string): boolean => c.participants.some(({ id }) => id === myId);

/** What rings for me here: an offer, or a colleague's invitation. */
export const offerTo = (c: Conversation, myId: string): Conversation["offer"] =>
  c.offer?.agent_id === myId ? c.offer : (c.invitations.find((one) => one.agent_id === myId) ?? null);

/** Why nothing can be written to the customer here; null when it can. */
export function whyClosed(c: Conversation, myId: string, now: number): string | null {
  if (c.state === "closed") return m.compose_closed();
  if (c.state === "wrap_up") return m.compose_wrap_up();
  if (c.state === "offered" && c.offer?.agent_id === myId) return m.compose_offered();
  if (c.state === "offered" && c.offer?.from?.id === myId)
    return m.compose_transfer({ agent: c.offer.agent_name });
  if (c.held_by && (c.state === "bot" || c.agent?.id === myId))
    return m.compose_held({ name: holderName(c.held_by) });
  if (c.state === "bot")
    return c.bot_paused_until && Date.parse(c.bot_paused_until) > now
      ? m.compose_bot_paused({ when: hourMinute(Date.parse(c.bot_paused_until)) })
      : m.compose_bot();
  if (c.state === "queued" || c.state === "offered")
    return m.compose_queued({ queue: c.queue?.name ?? m.queue_none() });
  if (c.invitations.some((one) => one.agent_id === myId)) return m.compose_invited();
  if (c.agent?.id !== myId && !helps(c, myId))
    return m.compose_other({ agent: c.agent?.name ?? m.someone() });
  if (isAside(c))
    return c.snoozed_until
      ? m.compose_snoozed({ when: dayAndTime(c.snoozed_until, now) })
      : m.compose_waiting();
  if (isWindowOver(c, now)) return closedWindowLine(c.window) ?? m.compose_window();
  return null;
}

/** Our own clock may notice the end before the server reports it. */
function isWindowOver(c: Conversation, now: number): boolean {
  const closes = c.window.closes_at ? Date.parse(c.window.closes_at) : null;
  const human = c.window.human_agent_until ? Date.parse(c.window.human_agent_until) : null;
  return !c.window.open || (closes !== null && closes <= now && (human === null || human <= now));
}

/** Whether I answer here: then a template can be sent even if the window is closed. */
export const holds = (c: Conversation, myId: string): boolean =>
  c.state === "active" && (c.agent?.id === myId || helps(c, myId)) && !c.held_by;
