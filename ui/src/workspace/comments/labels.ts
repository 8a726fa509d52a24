// The texts about a comment's private reply.
import { m } from "../../paraglide/messages.js";
import type { Comment } from "../../api/models";
import { failureLine } from "../failures";

const DAY = 86_400_000;

/** How many days are left until a moment. */
export const daysUntil = (until: string, now: number) => (Date.parse(until) - now) / DAY;

export const authorOf = (comment: Comment): string => comment.from_name ?? m.comments_someone();

/** The text of a comment, or why there is none. */
export const wordsOf = ({ text, state }: Comment): string =>
  text ?? (state === "removed" ? m.comments_gone() : m.comments_wordless());

export type Standing = { word: string; tone: "neutral" | "ok" | "wait" | "alarm"; detail?: string };

/** The state of the one private reply to a comment; null while it may still be sent and was not tried. */
export function standing(comment: Comment, days: (until: string) => number): Standing | null {
  const why = comment.reply_error ? failureLine(comment.reply_error) : undefined;
  switch (comment.reply_status) {
    case "queued":
      return { word: m.comments_queued(), tone: "neutral", ...(why ? { detail: why } : {}) };
    case "uncertain":
      return {
        word: m.comments_uncertain(),
        tone: "wait",
        detail: why ?? m.comments_uncertain_text(),
      };
    case "failed":
      return { word: m.comments_failed(), tone: "alarm", ...(why ? { detail: why } : {}) };
    case "sent":
      return { word: m.comments_sent(), tone: "ok" };
    case "delivered":
      return { word: m.comments_delivered(), tone: "ok" };
    case "read":
      return { word: m.comments_read(), tone: "ok" };
  }
  if (comment.state === "removed") return { word: m.comments_removed(), tone: "neutral" };
  if (comment.replied_at) return { word: m.comments_sent(), tone: "ok" };
  if (comment.done_at)
    return {
      word: m.comments_done(),
      tone: "neutral",
      ...(comment.done_by ? { detail: m.comments_done_by({ name: comment.done_by }) } : {}),
    };
  if (!comment.reply_until) return { word: m.comments_late(), tone: "neutral" };
  return days(comment.reply_until) < 1 ? { word: m.comments_hurry(), tone: "wait" } : null;
}
