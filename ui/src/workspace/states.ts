// A conversation's state in one word, and its tone.
import type { ConversationState } from "../api/models";
import { m } from "../paraglide/messages.js";

const words: Record<ConversationState, () => string> = {
  bot: m.conversation_bot,
  queued: m.conversation_queued,
  offered: m.conversation_offered,
  active: m.conversation_active,
  snoozed: m.conversation_snoozed,
  waiting: m.conversation_waiting,
  wrap_up: m.conversation_wrap_up,
  closed: m.conversation_closed,
};

export const stateWord = (state: ConversationState): string => words[state]?.() ?? state;

export function stateTone(state: ConversationState): "neutral" | "accent" | "ok" | "wait" {
  if (state === "queued" || state === "offered") return "wait";
  if (state === "active") return "ok";
  if (state === "closed") return "neutral";
  return "accent";
}
