// Notes in which a colleague mentions me: a notification when they arrive, and a list until they are read.
import { api } from "../api/client";
import { live } from "../api/live.svelte";
import { session } from "../api/session.svelte";
import { settings } from "../api/settings.svelte";
import type { Mention, Message } from "../api/models";
import { toasts } from "../kit/toasts.svelte";
import { m } from "../paraglide/messages.js";
import { closeNotice, notify } from "../presence/notify";
import * as ring from "../presence/ring";
import { router } from "../router.svelte";
import { nameOf } from "./labels";
import { store } from "./store.svelte";

/** Where a note is read. */
export const pathOf = ({ conversation, note }: Mention) => `/workspace/${conversation.id}?at=${note.id}`;

export class Mentions {
  unread = $state.raw<Mention[]>([]);
  /** the conversations whose notes are on the screen now: what comes there is read at once */
  private shown = new Set<string>();

  /** Listens until the returned function is called. */
  start(): () => void {
    void this.load();
    const stops = [
      live.on("message", ({ conversation_id, message }) => void this.take(conversation_id, message)),
      live.on("reset", () => void this.load()),
    ];
    return () => {
      for (const stop of stops) stop();
      this.unread = [];
    };
  }

  private async load(): Promise<void> {
    try {
      const { items } = await api.get("/me/mentions");
      this.unread = items;
      for (const id of this.shown) this.read(id);
    } catch {
      // They are listed after the next reload.
    }
  }

  private async take(id: string, note: Message): Promise<void> {
    const me = session.me?.user.id ?? "";
    if (!note.mentions.includes(me) || this.unread.some((one) => one.note.id === note.id)) return;
    if (this.shown.has(id) && !document.hidden) return void this.forget(id);
    const conversation = store.conversations.get(id) ?? (await store.fetch(id).catch(() => null));
    if (!conversation) return;
    const mention = { conversation, note };
    this.unread = [mention, ...this.unread];
    const title = m.mention_title({ by: note.sender.name, name: nameOf(conversation) });
    if (settings.rings("messages")) ring.chime();
    toasts.show(title, { action: { label: m.mention_open(), run: () => void router.go(pathOf(mention)) } });
    // Who and where, but not the words: a locked screen shows notices to everyone.
    if (document.hidden && settings.shows("messages"))
      void notify(`mention-${id}`, { title, body: m.mention_body(), path: pathOf(mention) });
  }

  /** The notes of a conversation are on the screen, until the returned function is called. */
  show(id: string): () => void {
    this.shown.add(id);
    this.read(id);
    return () => this.shown.delete(id);
  }

  private read(id: string): void {
    if (!this.unread.some((one) => one.conversation.id === id)) return;
    this.unread = this.unread.filter((one) => one.conversation.id !== id);
    void closeNotice(`mention-${id}`);
    this.forget(id);
  }

  private forget(id: string): void {
    // If this gets lost, the note is listed once more.
    api.delete("/me/mentions/{conversation_id}", { path: { conversation_id: id } }).catch(() => {});
  }
}

export const mentions = new Mentions();
