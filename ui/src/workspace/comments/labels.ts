// The texts about a comment's private reply.
import { m } from "../../paraglide/messages.js";
import type { Comment } from "../../api/models";
import { failureLine } from "../../workspace/failures";

export type Standing = { word: string; tone: "neutral" | "ok" | "wait" | "alarm"; detail?: string };

/** The state of the one private reply to a comment; null while it may still be sent and was not tried. */
export function standing(comment: Comment, days: (until: string) => number): Standing | null {
  const why = comment.reply_error ? failureLine(comment.reply_error) : undefined;
  switch (comment.reply_status) {
    case "queued":
      return { word: m.admin_comments_queued(), tone: "neutral", ...(why ? { detail: why } : {}) };
    case "uncertain":
      return {
        word: m.admin_comments_uncertain(),
        tone: "wait",
        detail: why ?? m.admin_comments_uncertain_text(),
      };
    case "failed":
      return { word: m.admin_comments_failed(), tone: "alarm", ...(why ? { detail: why } : {}) };
    case "sent":
      return { word: m.admin_comments_sent(), tone: "ok" };
    case "delivered":
      return { word: m.admin_comments_delivered(), tone: "ok" };
    case "read":
      return { word: m.admin_comments_read(), tone: "ok" };
  }
  if (comment.state === "removed") return { word: m.admin_comments_removed(), tone: "neutral" };
  if (comment.replied_at) return { word: m.admin_comments_sent(), tone: "ok" };
  if (!comment.reply_until) return { word: m.admin_comments_late(), tone: "neutral" };
  return days(comment.reply_until) < 1 ? { word: m.admin_comments_hurry(), tone: "wait" } : null;
}

/** Whether its state may change soon. */
export function unsettled(comment: Comment): boolean {
  return comment.reply_status === "queued" || comment.reply_status === "uncertain";
}
