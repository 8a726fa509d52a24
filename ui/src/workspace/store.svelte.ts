// The one live store: every conversation we know, by id, and the threads that were opened. It is filled from lists,
// updated by the event stream, and read by all panes. There is no second cache.
import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { api, Problem, sentenceOf } from "../api/client";
import { clock } from "../api/clock.svelte";
import { live } from "../api/live.svelte";
import { session } from "../api/session.svelte";
import type { Agent, Conversation, ConversationState, Message } from "../api/models";
import type { LiveEvent } from "../api/events";
import { dayKey } from "../kit/format";
import { helps, isAside, offerTo } from "./labels";
import { byActivity, byDue, byReturn, byTurn } from "./order";
import { preferences } from "./preferences.svelte";
import { Thread } from "./thread.svelte";

export const HELD: ConversationState[] = ["active", "wrap_up"];

/** Threads kept in memory: a tab may stay open for a whole shift. */
export const MOST_THREADS = 30;
/** Closed conversations kept in memory. */
export const MOST_CLOSED = 200;

/** The page size of lists. */
const PAGE = 100;

export class Store {
  conversations = new SvelteMap<string, Conversation>();
  agents = new SvelteMap<string, Agent>();
  loaded = $state(false);
  failure = $state<string | null>(null);

  /** Where the lists that may be long continue; null when they are loaded to their end. */
  private waitingRest = $state.raw<Rest | null>(null);
  private othersRest = $state.raw<Rest | null>(null);
  private counted = $state({ waiting: 0, held: 0 });
  private recount: ReturnType<typeof setTimeout> | undefined;

  /** by id, the least recently used first */
  private threads = new Map<string, Thread>();
  private stops: (() => void)[] = [];
  private loading: Promise<void> | null = null;
  /** what went from our view while a list is read, whose answer may still have it */
  private gone = new Set<string>();

  private me = $derived(session.me?.user.id ?? "");
  private everything = $derived([...this.conversations.values()]);

  private offered = $derived(this.everything.filter((c) => offerTo(c, this.me)).sort(byTurn));
  /** Without a connection the end of an offer is not reported; a few seconds after its time it is over anyway. */
  offers = $derived(
    this.offered.length === 0
      ? this.offered
      : this.offered.filter((c) => Date.parse(offerTo(c, this.me)!.expires_at) + 5_000 > clock.now),
  );
  /** Becoming overdue moves a row, so the order looks at the time, though not at every second. */
  private quarterMinute = $derived(Math.floor(clock.now / 15_000) * 15_000);
  mine = $derived(
    this.everything
      .filter(
        (c) => (HELD.includes(c.state) && (c.agent?.id === this.me || helps(c, this.me))) || this.sends(c),
      )
      .sort(byDue(preferences.mineOrder, this.quarterMinute)),
  );
  /** Of a line whose end is not loaded, what came by the stream is shown only up to where it is loaded. */
  waiting = $derived.by(() => {
    const end = this.waitingRest?.last;
    return this.everything
      .filter((c) => waits(c) && !(c.state === "offered" && c.offer?.agent_id === this.me) && !this.sends(c))
      .filter((c) => !end || byTurn(c, end) <= 0)
      .sort(byTurn);
  });
  others = $derived(
    this.everything
      .filter(
        (c) => HELD.includes(c.state) && c.agent !== null && c.agent.id !== this.me && !helps(c, this.me),
      )
      .filter((c) => !this.othersRest?.last || byActivity(c, this.othersRest.last) <= 0)
      .sort(byActivity),
  );
  /** The conversations that I snoozed; those with a time come first, in the order of their time. */
  aside = $derived(this.everything.filter((c) => isAside(c) && c.agent?.id === this.me).sort(byReturn));
  /** Those that wait, but are shown as an offer or among mine. */
  private shownElsewhere = $derived(
    this.everything.filter((c) => c.state === "offered" && (c.offer?.agent_id === this.me || this.sends(c)))
      .length,
  );
  /** How many there are, loaded or not. */
  waitingTotal = $derived(
    this.waitingRest
      ? Math.max(this.waiting.length, this.counted.waiting - this.shownElsewhere)
      : this.waiting.length,
  );
  othersTotal = $derived(
    this.othersRest ? Math.max(this.others.length, this.counted.held - this.mine.length) : this.others.length,
  );
  closedToday = $derived.by(() => {
    const today = dayKey(clock.exact());
    return this.everything
      .filter(
        (c) =>
          c.state === "closed" &&
          c.agent?.id === this.me &&
          c.closed_at !== null &&
          dayKey(c.closed_at) === today,
      )
      .sort(byActivity);
  });
  unread = $derived(this.mine.reduce((sum, c) => sum + (c.agent?.id === this.me ? c.unread : 0), 0));

  /** Begins to listen; once per signed-in person. */
  start(): void {
    if (this.stops.length) return;
    this.stops.push(
      live.onAny((event) => this.apply(event)),
      live.onLive((blind) => {
        if (blind) void this.load();
        for (const thread of this.threads.values()) thread.resend();
      }),
    );
    // Lists that are read before the stream is connected may miss what happens in between; so wait for it briefly.
    setTimeout(() => !this.loaded && void this.load(), live.connection.state === "live" ? 0 : 600);
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    clearTimeout(this.recount);
    this.recount = undefined;
    this.waitingRest = this.othersRest = null;
    this.conversations.clear();
    this.agents.clear();
    this.threads.clear();
    this.loaded = false;
  }

  load(): Promise<void> {
    this.loading ??= this.loadLists().finally(() => (this.loading = null));
    return this.loading;
  }

  private async loadLists(): Promise<void> {
    this.gone.clear();
    try {
      const [queue, own, closed, others] = await Promise.all([
        this.readWaiting(),
        api.get("/conversations", {
          query: { agent: "me", state: `${held},offered,snoozed,waiting`, limit: 200 },
        }),
        api.get("/conversations", { query: { agent: "me", state: "closed", limit: 50 } }),
        session.may("supervise") ? this.readOthers() : { items: [], next: null },
      ]);
      this.waitingRest = restOf(queue);
      this.othersRest = restOf(others);
      this.counted = { waiting: queue.total ?? 0, held: ("total" in others && others.total) || 0 };
      const seen = new Set<string>();
      for (const c of [...queue.items, ...own.items, ...closed.items, ...others.items]) {
        seen.add(c.id);
        if (!this.gone.has(c.id)) this.put(c);
      }
      // Conversations that are no longer in a list were moved while we were disconnected. There may be thousands that
      // only wait: they are removed, unless someone had them open.
      for (const c of [...this.conversations.values()]) {
        if (seen.has(c.id) || c.state === "closed") continue;
        if (waits(c) && !this.threads.has(c.id)) this.conversations.delete(c.id);
        else void this.fetch(c.id).catch(() => {});
      }
      this.failure = null;
      this.loaded = true;
    } catch (error) {
      this.failure = sentenceOf(error);
    }
  }

  private readWaiting(cursor?: string) {
    const query = { state: WAITS, sort: "waiting", total: true, limit: PAGE } as const;
    return api.get("/conversations", { query: cursor ? { ...query, cursor } : query });
  }

  private readOthers(cursor?: string) {
    const query = { state: held, total: true, limit: PAGE };
    return api.get("/conversations", { query: cursor ? { ...query, cursor } : query });
  }

  /** Whether the server has more of a list than is loaded. */
  hasMore(list: "waiting" | "others"): boolean {
    return (list === "waiting" ? this.waitingRest : this.othersRest) !== null;
  }

  /** The next page of a list whose end came into view. */
  async more(list: "waiting" | "others"): Promise<void> {
    const rest = list === "waiting" ? this.waitingRest : this.othersRest;
    if (!rest || this.loading) return;
    this.loading = this.loadMore(list, rest.next).finally(() => (this.loading = null));
    await this.loading;
  }

  private async loadMore(list: "waiting" | "others", cursor: string): Promise<void> {
    this.gone.clear();
    try {
      const page = await (list === "waiting" ? this.readWaiting(cursor) : this.readOthers(cursor));
      for (const c of page.items) if (!this.gone.has(c.id)) this.put(c);
      const total = page.total ?? 0;
      if (list === "waiting") {
        this.waitingRest = restOf(page);
        this.counted.waiting = total;
      } else {
        this.othersRest = restOf(page);
        this.counted.held = total;
      }
    } catch (error) {
      this.failure = sentenceOf(error);
    }
  }

  /** What is not loaded comes and goes unseen: lists that have such a rest are counted again, at most every 5 s. */
  private countSoon(): void {
    if (this.recount !== undefined || !(this.waitingRest || this.othersRest)) return;
    this.recount = setTimeout(() => {
      this.recount = undefined;
      const count = (state: string) =>
        api
          .get("/conversations", { query: { state, total: true, limit: 1 } })
          .then((page) => page.total ?? 0);
      if (this.waitingRest)
        count(WAITS).then(
          (total) => (this.counted.waiting = total),
          () => {},
        );
      if (this.othersRest)
        count(held).then(
          (total) => (this.counted.held = total),
          () => {},
        );
    }, 5_000);
  }

  /** Reads one conversation again; removes it if we may not see it. */
  async fetch(id: string): Promise<Conversation | null> {
    try {
      const c = await api.get("/conversations/{id}", { path: { id } });
      this.put(c);
      return c;
    } catch (error) {
      if (error instanceof Problem && error.status === 404) {
        this.conversations.delete(id);
        return null;
      }
      throw error;
    }
  }

  put(conversation: Conversation): void {
    const known = this.conversations.get(conversation.id);
    // An answer may be overtaken by the stream; the higher version is the later truth.
    if (known && known.version > conversation.version) return;
    this.conversations.set(conversation.id, conversation);
    if (conversation.state === "closed" && known?.state !== "closed")
      untrack(() => this.evictClosed(conversation.id));
  }

  thread(id: string): Thread {
    const known = this.threads.get(id);
    const thread = known ?? new Thread(id);
    this.threads.delete(id);
    this.threads.set(id, thread);
    if (!known) untrack(() => this.evictThreads(id));
    return thread;
  }

  private evictThreads(newest: string): void {
    for (const [id, thread] of this.threads) {
      if (this.threads.size <= MOST_THREADS) return;
      if (id !== newest && !thread.inUse) this.threads.delete(id);
    }
  }

  private evictClosed(newest: string): void {
    const closed = this.everything.filter((c) => c.state === "closed");
    const unused = closed
      .filter((c) => c.id !== newest && !this.threads.get(c.id)?.inUse)
      .sort(byActivity)
      .reverse();
    for (const c of unused.slice(0, Math.max(0, closed.length - MOST_CLOSED)))
      this.conversations.delete(c.id);
  }

  apply(event: LiveEvent): void {
    switch (event.name) {
      case "message":
        this.threads.get(event.data.conversation_id)?.take(event.data.message);
        this.becameOfLast(event.data.conversation_id, event.data.message);
        break;
      case "conversation":
        if (event.data.gone) {
          this.conversations.delete(event.data.conversation_id);
          this.gone.add(event.data.conversation_id);
        } else if (event.data.conversation) {
          this.put(event.data.conversation);
          this.gone.delete(event.data.conversation_id);
        }
        this.countSoon();
        break;
      case "offer":
        this.put(event.data.conversation);
        break;
      case "offer_ended":
        this.endOffer(event.data.conversation_id);
        break;
      case "status":
        if (event.data.user_id === this.me) session.takeStatus(event.data.status);
        break;
      case "agent":
        this.agents.set(event.data.agent.id, event.data.agent);
        if (event.data.agent.id === this.me) this.takeOwn(event.data.agent);
        break;
      case "reset":
        void this.load();
        void session.refresh().catch(() => {});
        for (const [id, thread] of this.threads) {
          thread.missed();
          if (this.conversations.get(id)?.state === "closed") void this.fetch(id).catch(() => {});
        }
        break;
    }
  }

  /** Rows say what became of the last words, and how long a voice message is once it is here. */
  private becameOfLast(id: string, { id: messageId, status, attachments }: Message): void {
    const c = this.conversations.get(id);
    const last = c?.last_message;
    if (!c || last?.id !== messageId) return;
    const seconds = attachments[0]?.seconds ?? last.file?.seconds ?? null;
    if (last.status === status && (last.file?.seconds ?? null) === seconds) return;
    const file = last.file && { ...last.file, seconds };
    this.conversations.set(id, { ...c, last_message: { ...last, status, file } });
  }

  /** My status in the event for everyone applies here too, if it is newer than the known one. */
  private takeOwn({ status, cause, limit_at, since, reason, by }: Agent): void {
    const known = session.status;
    if (known && Date.parse(since) > Date.parse(known.since))
      session.takeStatus({ status, cause, limit_at, since, reason, by });
  }

  /** I am transferring it to a colleague, who has not accepted yet. */
  private sends(c: Conversation): boolean {
    return c.state === "offered" && c.offer?.from?.id === this.me;
  }

  /** The offer is over for us; its conversation event says where it went. */
  endOffer(id: string): void {
    const c = this.conversations.get(id);
    if (!c) return;
    if (c.state === "offered" && c.offer?.agent_id === this.me)
      this.conversations.set(id, { ...c, state: "queued", offer: null });
    const invitations = c.invitations.filter((one) => one.agent_id !== this.me);
    if (invitations.length < c.invitations.length) this.conversations.set(id, { ...c, invitations });
  }
}

const held = HELD.join(",");
const WAITS = "queued,offered";
const waits = (c: Conversation) => c.state === "queued" || c.state === "offered";

/** Where a list continues, and the last that is loaded of it. */
type Rest = { next: string; last: Conversation };

function restOf({ items, next }: { items: Conversation[]; next: string | null }): Rest | null {
  const last = items.at(-1);
  return next !== null && last ? { next, last } : null;
}

export const store = new Store();
