// The messages of one conversation: pages of history, events of the stream, and what was just written here. An own
// message is shown at once under its client_id and becomes the server's one when the answer or the stream brings it,
// whichever is first.
import { api, Problem, sentenceOf } from "../api/client";
import { clock } from "../api/clock.svelte";
import { session } from "../api/session.svelte";
import type { Attachment, Message, MessagePage, NewMessage } from "../api/models";
import { freshId } from "../kit/id";
import { recall, remember } from "../kit/local";
import { unsentOf } from "./own-words";

export type Outgoing = {
  client_id: string;
  text: string;
  attachments: Attachment[];
  reply_to: string | null;
};

/** A message as the thread shows it; `local` ones have not reached the server yet. */
export type ThreadMessage = Message & {
  local?: { state: "sending" | "waiting" | "refused"; reason?: string };
};

const PAGE = 50;

/** Ids are numbers that grow with time, as text. */
const byAge = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1);

export class Thread {
  messages = $state.raw<ThreadMessage[]>([]);
  loaded = $state(false);
  failure = $state<string | null>(null);
  /** pass this as `before` to read older ones; null at the beginning */
  previous = $state<string | null>(null);
  loadingOlder = $state(false);

  private byId = new Map<string, ThreadMessage>();
  /** when each was made, in ms: read once, because a long thread is sorted often */
  private madeAt = new WeakMap<ThreadMessage, number>();
  /** ids that the stream changed while a page was on its way */
  private touched = new Set<string>();
  private loading: Promise<void> | null = null;
  private older: Promise<void> | null = null;
  private sending: Promise<unknown> = Promise.resolve();

  private shown = 0;

  constructor(readonly conversationId: string) {}

  /** Shown, or holding a message that the server does not have. */
  get inUse(): boolean {
    return this.shown > 0 || this.messages.some((message) => message.local);
  }

  /** Loads the thread and marks it as shown until the returned function is called. */
  show(): () => void {
    this.shown++;
    void this.load();
    return () => this.shown--;
  }

  /** Events were missed. A thread that is not shown is loaded when it is shown. */
  missed(): void {
    if (this.shown) void this.load();
  }

  /** Reads the newest page; later calls merge what was missed. */
  load(): Promise<void> {
    this.loading ??= this.loadNewest().finally(() => (this.loading = null));
    return this.loading;
  }

  private async loadNewest(): Promise<void> {
    this.failure = null;
    this.touched.clear();
    try {
      const page = await this.page("end");
      const known = page.items.some((item) => this.byId.has(item.id));
      if (this.loaded && !known && page.items.length === PAGE) {
        // More was missed than one page holds: start over rather than show a hole.
        for (const [id, message] of this.byId) if (!message.local) this.byId.delete(id);
        this.previous = page.previous;
      }
      if (!this.loaded) {
        this.previous = page.previous;
        this.restoreUnsent();
      }
      this.takePage(page.items);
      this.loaded = true;
    } catch (error) {
      this.failure = sentenceOf(error);
    }
  }

  /** Reads the page before what is loaded; a second caller waits for the same one. */
  loadOlder(limit = PAGE): Promise<void> {
    this.older ??= this.readOlder(limit).finally(() => (this.older = null));
    return this.older;
  }

  private async readOlder(limit: number): Promise<void> {
    if (!this.previous) return;
    this.loadingOlder = true;
    this.touched.clear();
    try {
      const page = await this.page(this.previous, limit);
      this.previous = page.previous;
      this.takePage(page.items);
    } finally {
      this.loadingOlder = false;
    }
  }

  private page(before: string, limit = PAGE): Promise<MessagePage> {
    return api.get("/conversations/{id}/messages", {
      path: { id: this.conversationId },
      query: { before, limit },
    });
  }

  private takePage(items: Message[]): void {
    for (const item of items) if (!this.touched.has(item.id)) this.put(item);
    this.publish();
  }

  /** The stream reported a new or changed message. */
  take(message: Message): void {
    this.touched.add(message.id);
    this.put(message);
    this.publish();
  }

  private put(message: Message): void {
    if (message.client_id && this.byId.delete(localIdOf(message.client_id))) this.storeUnsent();
    this.byId.set(message.id, message);
  }

  private publish(): void {
    const order = (message: ThreadMessage) => {
      if (message.local) return Number.POSITIVE_INFINITY;
      let at = this.madeAt.get(message);
      if (at === undefined) this.madeAt.set(message, (at = Date.parse(message.created_at)));
      return at;
    };
    this.messages = [...this.byId.values()].sort((a, b) => {
      const [x, y] = [order(a), order(b)];
      if (x !== y) return x - y;
      // What the bot says in one moment comes by the stream in any order; ids grow with time.
      return a.local ? 0 : byAge(a.id, b.id);
    });
  }

  message(id: string): ThreadMessage | undefined {
    return this.byId.get(id);
  }

  /** Shows the message at once and sends it after those before it. */
  send(outgoing: Omit<Outgoing, "client_id">): void {
    this.addLocal({ ...outgoing, client_id: freshId() });
  }

  /** Sends what a form made, such as a template; what is wrong with it is thrown, for that form. */
  async sendMade(body: NewMessage & { client_id: string }): Promise<void> {
    const path = { id: this.conversationId };
    const message = await api.post("/conversations/{id}/messages", { path, body });
    // The stream may have been faster and may know a later state.
    if (!this.byId.has(message.id)) this.put(message);
    this.publish();
  }

  /** Sends something later; what is wrong with it is thrown. */
  async schedule(
    { text, attachments, reply_to }: Omit<Outgoing, "client_id">,
    send_at: string,
  ): Promise<void> {
    const message = await api.post("/conversations/{id}/messages", {
      path: { id: this.conversationId },
      body: {
        ...(text ? { text } : {}),
        ...(attachments.length ? { attachment_ids: attachments.map((a) => a.id) } : {}),
        ...(reply_to ? { reply_to } : {}),
        send_at,
        client_id: freshId(),
      },
    });
    this.take(message);
  }

  async reschedule(id: string, send_at: string): Promise<void> {
    this.take(
      await api.patch("/conversations/{id}/messages/{message_id}", {
        path: { id: this.conversationId, message_id: id },
        body: { send_at },
      }),
    );
  }

  private addLocal(outgoing: Outgoing): void {
    const id = localIdOf(outgoing.client_id);
    this.byId.set(id, localMessage(outgoing));
    this.storeUnsent();
    this.publish();
    this.sending = this.sending.then(() => this.post(outgoing));
  }

  private async post(outgoing: Outgoing): Promise<void> {
    const id = localIdOf(outgoing.client_id);
    const current = this.byId.get(id);
    if (!current) return; // discarded, or the stream brought it already
    this.mark(id, { state: "sending" });
    try {
      const body = {
        ...(outgoing.text ? { text: outgoing.text } : {}),
        ...(outgoing.attachments.length ? { attachment_ids: outgoing.attachments.map((a) => a.id) } : {}),
        ...(outgoing.reply_to ? { reply_to: outgoing.reply_to } : {}),
        client_id: outgoing.client_id,
      };
      const message = await api.post("/conversations/{id}/messages", {
        path: { id: this.conversationId },
        body,
      });
      // The stream may have been faster and may know a later state.
      if (this.byId.has(message.id)) {
        this.byId.delete(id);
        this.storeUnsent();
      } else this.put(message);
      this.publish();
    } catch (error) {
      // The same client_id makes trying again safe, no matter what happened to this attempt.
      const unreachable = error instanceof Problem && error.status === 0;
      this.mark(id, { state: unreachable ? "waiting" : "refused", reason: sentenceOf(error) });
    }
  }

  private mark(id: string, local: NonNullable<ThreadMessage["local"]>): void {
    const message = this.byId.get(id);
    if (!message) return;
    this.byId.set(id, { ...message, local });
    this.publish();
  }

  /** Tries a local message again, or all that wait for the network. */
  resend(id?: string): void {
    for (const message of this.byId.values()) {
      if (id ? message.id !== id : message.local?.state !== "waiting") continue;
      this.sending = this.sending.then(() => this.post(outgoingOf(message)));
    }
  }

  discard(id: string): void {
    this.byId.delete(id);
    this.storeUnsent();
    this.publish();
  }

  async retry(id: string): Promise<void> {
    this.take(
      await api.post("/conversations/{id}/messages/{message_id}/retry", {
        path: { id: this.conversationId, message_id: id },
      }),
    );
  }

  async react(id: string, emoji: string | null): Promise<void> {
    this.take(
      await api.post("/conversations/{id}/messages/{message_id}/reactions", {
        path: { id: this.conversationId, message_id: id },
        body: { emoji },
      }),
    );
  }

  async cancel(id: string): Promise<void> {
    this.take(
      await api.post("/conversations/{id}/messages/{message_id}/cancel", {
        path: { id: this.conversationId, message_id: id },
      }),
    );
  }

  /** A reload must not lose words that the server never got. */
  private storeUnsent(): void {
    const unsent = [...this.byId.values()].filter((m) => m.local).map(outgoingOf);
    remember(this.unsentKey(), unsent.length ? unsent : null);
  }

  private unsentKey(): string {
    return unsentOf(session.me?.user.id ?? "") + this.conversationId;
  }

  private restoreUnsent(): void {
    for (const outgoing of recall<Outgoing[]>(this.unsentKey(), [])) {
      if (!this.byId.has(localIdOf(outgoing.client_id))) this.addLocal(outgoing);
    }
  }
}

const localIdOf = (clientId: string) => `local-${clientId}`;

function localMessage(outgoing: Outgoing): ThreadMessage {
  return {
    id: localIdOf(outgoing.client_id),
    client_id: outgoing.client_id,
    kind: outgoing.text ? "text" : "attachment",
    direction: "out",
    sender: {
      kind: "agent",
      name: session.me?.user.name ?? "",
      ...(session.me && { id: session.me.user.id }),
    },
    text: outgoing.text || null,
    event: null,
    attachments: outgoing.attachments,
    quick_replies: [],
    template: null,
    reply_to: outgoing.reply_to,
    send_at: null,
    location: null,
    link: null,
    link_title: null,
    cards: [],
    booking: null,
    story: null,
    view_once: false,
    forwarded: false,
    mentions: [],
    list: null,
    message_template: null,
    referral: null,
    reactions: [],
    caught_up: false,
    standby: false,
    incomplete: false,
    edited_at: null,
    unsent_at: null,
    status: "queued",
    error: null,
    created_at: new Date(clock.exact()).toISOString(),
    sent_at: null,
    delivered_at: null,
    read_at: null,
    local: { state: "sending" },
  };
}

function outgoingOf(message: ThreadMessage): Outgoing {
  return {
    client_id: message.client_id ?? "",
    text: message.text ?? "",
    attachments: message.attachments,
    reply_to: message.reply_to,
  };
}
