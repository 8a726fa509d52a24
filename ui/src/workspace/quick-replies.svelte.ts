// The company's quick replies, read once and searched while "/" is being typed.
import { all } from "../api/client";
import { session } from "../api/session.svelte";
import type { Conversation, QuickReply } from "../api/models";
import { fits, same } from "../kit/same";

const STALE = 5 * 60_000;

class QuickReplies {
  items = $state<QuickReply[]>([]);
  private readAt = 0;

  /** Called when the popup opens: slightly old data is acceptable. */
  load(): void {
    if (Date.now() - this.readAt < STALE) return;
    this.readAt = Date.now();
    all("/quick-replies").then(
      (items) => (this.items = items),
      () => (this.readAt = 0),
    );
  }

  find(words: string): QuickReply[] {
    const wanted = same(words);
    const rank = (q: QuickReply) =>
      same(q.shortcut).startsWith(wanted) ? 0 : fits(words, q.title) ? 1 : fits(words, q.text) ? 2 : 3;
    return this.items
      .filter((q) => rank(q) < 3)
      .sort((a, b) => rank(a) - rank(b) || a.shortcut.localeCompare(b.shortcut))
      .slice(0, 8);
  }
}

export const quickReplies = new QuickReplies();

/** Replaces {{ contact.first_name }} and similar variables; unknown ones stay visible. */
export function fill(text: string, conversation: Conversation): string {
  const name = conversation.contact.name ?? "";
  const values: Record<string, string> = {
    "contact.name": name,
    "contact.first_name": name.split(/\s+/)[0] ?? "",
    "page.name": conversation.account.name,
    "queue.name": conversation.queue?.name ?? "",
    "agent.name": session.me?.user.name ?? "",
  };
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, key: string) => values[key] ?? whole);
}

/** The word after "/" if the text up to the caret is a quick reply being typed. */
export function slashWord(textToCaret: string): string | null {
  return /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u.exec(textToCaret)?.[1] ?? null;
}
