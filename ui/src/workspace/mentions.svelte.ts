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
  /** counts the readings of the list, of which only the last one counts */
  private round = 0;
  /** the conversations whose notes were read since the request for the list */
  private readSince = new Set<string>();

  /** Listens until the returned function is called. */
  start(): () => void {
    void this.load();
    // The stream does not report what was read in another window or on a phone.
    const look = () => void (document.hidden || this.load());
    document.addEventListener("visibilitychange", look);
    const stops = [
      live.on("message", ({ conversation_id, message }) => void this.take(conversation_id, message)),
      live.on("reset", () => void this.load()),
      live.onLive((blind) => blind && void this.load()),
      () => document.removeEventListener("visibilitychange", look),
    ];
    return () => {
      for (const stop of stops) stop();
      this.round++;
      this.unread = [];
    };
  }

  private async load(): Promise<void> {
    const mine = ++this.round;
    this.readSince.clear();
    const before = new Set(this.unread.map(({ note }) => note.id));
    try {
      const { items } = await api.get("/me/mentions");
      if (mine !== this.round) return;
      const listed = items.filter(({ conversation }) => !this.readSince.has(conversation.id));
      // What arrived since the request may be missing in the answer.
      const since = this.unread.filter(
        ({ note }) => !before.has(note.id) && listed.every((one) => one.note.id !== note.id),
      );
      this.unread = [...since, ...listed];
      for (const id of this.shown) if (this.sees(id)) this.read(id);
    } catch {
      // They are listed after the next reload.
    }
  }

  /** The notes of a conversation that is on the screen are read as they come. */
  private sees(id: string): boolean {
    return this.shown.has(id) && !document.hidden;
  }

  /** Whether nothing is left to do with a note: it is listed, or has just been read where it came. */
  private done(id: string, note: Message): boolean {
    if (this.unread.some((one) => one.note.id === note.id)) return true;
    if (!this.sees(id)) return false;
    this.forget(id);
    return true;
  }

  private async take(id: string, note: Message): Promise<void> {
    const me = session.me?.user.id ?? "";
    if (!note.mentions.includes(me) || this.done(id, note)) return;
    const conversation = store.conversations.get(id) ?? (await store.fetch(id).catch(() => null));
    // While the conversation was read, the list may have been read too, or the agent has opened the conversation.
    if (!conversation || this.done(id, note)) return;
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
    this.readSince.add(id);
    // If this gets lost, the note is listed once more.
    api.delete("/me/mentions/{conversation_id}", { path: { conversation_id: id } }).catch(() => {});
  }
}

export const mentions = new Mentions();
