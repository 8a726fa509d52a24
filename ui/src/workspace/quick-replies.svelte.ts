// The quick replies for this user, read once and searched while "/" is being typed.
import { all, sentenceOf } from "../api/client";
import { session } from "../api/session.svelte";
import type { Conversation, QuickReply } from "../api/models";
import { fits, same } from "../kit/same";
import { m } from "../paraglide/messages.js";

const STALE = 5 * 60_000;
/** more are found by typing */
const MOST = 40;

class QuickReplies {
  items = $state<QuickReply[]>([]);
  private loaded = $state(false);
  private failure = $state<string | null>(null);
  private readAt = 0;

  /** One was changed in this browser. */
  forget(): void {
    this.readAt = 0;
  }

  /** Called when the popup opens: slightly old data is acceptable. */
  load(): void {
    if (Date.now() - this.readAt < STALE) return;
    this.readAt = Date.now();
    this.failure = null;
    all("/quick-replies").then(
      (items) => {
        this.items = items;
        this.loaded = true;
      },
      (error: unknown) => {
        this.readAt = 0;
        this.failure = sentenceOf(error);
      },
    );
  }

  /** What the list says while it is empty. */
  get none(): string {
    if (this.items.length > 0) return m.nothing_found();
    return this.failure ?? (this.loaded ? m.quick_replies_none() : m.loading());
  }

  /** Those for a conversation: of its queue, or of every queue. */
  of(conversation: Conversation): QuickReply[] {
    const queue = conversation.queue?.id;
    return this.items.filter((q) => q.queue_ids.length === 0 || (queue && q.queue_ids.includes(queue)));
  }

  /** Those in which every word is found, the best first; those of one folder stand together. */
  find(words: string, conversation: Conversation): QuickReply[] {
    const wanted = words.split(/\s+/).filter(Boolean);
    const every = (...texts: string[]) => wanted.every((word) => fits(word, ...texts));
    const rank = (q: QuickReply) => {
      if (same(q.shortcut).startsWith(same(words))) return 0;
      return every(q.shortcut, q.title) ? 1 : every(q.shortcut, q.title, q.folder) ? 2 : 3;
    };
    const found = this.of(conversation)
      .filter((q) => every(q.shortcut, q.title, q.folder, q.text))
      .map((q) => ({ q, rank: rank(q) }))
      .sort(
        (a, b) =>
          a.rank - b.rank ||
          // Without a word, folders are walked by their names.
          (wanted.length === 0 ? a.q.folder.localeCompare(b.q.folder) : 0) ||
          a.q.shortcut.localeCompare(b.q.shortcut),
      )
      .slice(0, MOST)
      .map(({ q }) => q);
    return [...new Set(found.map((q) => q.folder))].flatMap((folder) =>
      found.filter((q) => q.folder === folder),
    );
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

/** The words after "/" if the text up to the caret is a quick reply being typed. */
export function slashWord(textToCaret: string): string | null {
  return /(?:^|\s)\/((?:[\p{L}\p{N}_-]+ ?){0,6})$/u.exec(textToCaret)?.[1] ?? null;
}
