// The order of conversations in lists.
import type { Conversation } from "../api/models";
import type { MineOrder } from "./preferences.svelte";

/** An answer that is due for longer than this is overdue, in seconds. */
export const OVERDUE = 300;

/** The newest activity first. */
export const byActivity = (a: Conversation, b: Conversation) =>
  b.last_activity_at.localeCompare(a.last_activity_at);

const waitsSince = (c: Conversation) => Date.parse(c.queued_at ?? c.created_at);

/** The order of their turn, as the server offers them: the highest priority, then the longest wait. */
export const byTurn = (a: Conversation, b: Conversation) =>
  b.priority - a.priority || waitsSince(a) - waitsSince(b) || a.id.localeCompare(b.id);

const returns = (c: Conversation) => (c.snoozed_until ? Date.parse(c.snoozed_until) : Number.MAX_VALUE);

/** Snoozed: those that return first come first; those that wait for the customer are last. */
export const byReturn = (a: Conversation, b: Conversation) => returns(a) - returns(b) || byActivity(a, b);

/** Since when a customer has been waiting for us: in a queue, or for an answer. */
const dueSince = (c: Conversation) =>
  c.state === "queued" || c.state === "offered" ? (c.queued_at ?? c.created_at) : c.answer_due_since;

/** Longest wait first, or newest activity first; overdue ones come first in both. */
export function byDue(order: MineOrder, now: number): (a: Conversation, b: Conversation) => number {
  const due = (c: Conversation) => {
    const since = dueSince(c);
    return since === null ? Number.POSITIVE_INFINITY : Date.parse(since);
  };
  const late = now - OVERDUE * 1_000;
  const rank = (c: Conversation) => (order === "due" || due(c) <= late ? due(c) : Number.POSITIVE_INFINITY);
  return (a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x === y ? byActivity(a, b) : x - y;
  };
}

/** Who waits longest first, whatever the time. */
export const byWait = byDue("due", 0);
