// Turns messages into the elements of the thread: day dividers, the unread line, quiet event lines, and groups of
// bubbles by one sender within one minute.
import { dayKey } from "../kit/format";
import { isSameSender } from "./labels";
import type { ThreadMessage } from "./thread.svelte";

export type Side = "them" | "us" | "note";
export type Item =
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: string }
  | { kind: "event"; key: string; message: ThreadMessage }
  | { kind: "group"; key: string; side: Side; messages: ThreadMessage[] };

/** Bubbles in one group: what is drawn of a long thread is drawn group by group. */
const MOST = 20;

/** The same before and after an own message has reached the server. */
export const keyOf = (message: ThreadMessage): string => message.client_id ?? message.id;

/** About how high an item is, until it has been drawn once. */
export function likelyHeight(item: Item): number {
  if (item.kind !== "group") return item.kind === "event" ? 32 : 48;
  const bubble = ({ text, attachments }: ThreadMessage) =>
    24 + 20 * Math.ceil((text?.length ?? 0) / 60) + 200 * attachments.length;
  return item.messages.reduce((sum, message) => sum + bubble(message), 36);
}

export function sideOf(message: ThreadMessage): Side {
  if (message.kind === "note" || message.direction === "internal") return "note";
  return message.direction === "in" ? "them" : "us";
}

export function group(messages: ThreadMessage[], firstUnread: string | null): Item[] {
  const items: Item[] = [];
  let day = "";
  let last: Extract<Item, { kind: "group" }> | null = null;
  for (const message of messages) {
    const today = dayKey(message.created_at);
    if (today !== day) {
      items.push({ kind: "day", key: `day-${today}-${message.id}`, at: message.created_at });
      day = today;
      last = null;
    }
    if (message.id === firstUnread) {
      items.push({ kind: "unread", key: "unread" });
      last = null;
    }
    if (message.kind === "event") {
      items.push({ kind: "event", key: message.id, message });
      last = null;
      continue;
    }
    const side = sideOf(message);
    if (
      last &&
      last.messages.length < MOST &&
      last.side === side &&
      sameTurn(last.messages.at(-1)!, message)
    ) {
      last.messages.push(message);
      continue;
    }
    last = { kind: "group", key: `group-${keyOf(message)}`, side, messages: [message] };
    items.push(last);
  }
  return items;
}

/** One sender, within a minute, and no state in between that needs its own text. */
function sameTurn(before: ThreadMessage, after: ThreadMessage): boolean {
  if (!isSameSender(before.sender, after.sender)) return false;
  if (needsWords(before) || Boolean(after.send_at) || Boolean(before.standby) !== Boolean(after.standby))
    return false;
  return Math.abs(Date.parse(after.created_at) - Date.parse(before.created_at)) < 60_000;
}

/** States that are explained under their own bubble. */
export function needsWords(message: ThreadMessage): boolean {
  return (
    message.status === "failed" ||
    message.status === "uncertain" ||
    message.status === "cancelled" ||
    message.local?.state === "refused" ||
    message.local?.state === "waiting" ||
    Boolean(message.send_at) ||
    (message.status === "queued" && message.error !== null)
  );
}

/** The first message of the customer that no one here has seen, when `unread` of them are new. */
export function firstUnreadOf(messages: ThreadMessage[], unread: number): string | null {
  let left = unread;
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    const message = messages[i]!;
    if (message.direction === "in") left -= 1;
    if (left === 0) return message.id;
  }
  return null;
}
