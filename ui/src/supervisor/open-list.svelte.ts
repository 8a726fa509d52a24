// The open conversations that a supervisor looks through: the longest wait first, page by page, updated by the stream.
import { api, sentenceOf } from "../api/client";
import { live } from "../api/live.svelte";
import type { Conversation, ConversationState } from "../api/models";
import { byActivity, byTurn, byWait } from "../workspace/order";

export type Filter = { state: string; queue: string; agent: string };
export const OPEN: ConversationState[] = ["bot", "queued", "offered", "active", "wrap_up"];
/** The server lists those in a queue in their turn, and the others by their latest activity. */
const QUEUED: ConversationState[] = ["queued", "offered"];
type Part = "queued" | "others";
const PARTS = ["queued", "others"] as const;
const ORDER = { queued: byTurn, others: byActivity };
/** Large, because who waits longest for an answer was active longest ago. */
const PAGE = 200;
/** Where a part continues, and its last conversation that is loaded; null when it is loaded to its end. */
type Rest = { next: string; last: Conversation } | null;
export type Rests = Record<Part, Rest>;
const NO_RESTS: Rests = { queued: null, others: null };
const partOf = (state: ConversationState): Part => (QUEUED.includes(state) ? "queued" : "others");
const statesOf = ({ state }: Filter): string[] => (state ? state.split(",") : OPEN);

/** Whether a conversation belongs in a list. */
export function fits(c: Conversation, filter: Filter): boolean {
  const { queue, agent } = filter;
  return (
    statesOf(filter).includes(c.state) &&
    (!queue || c.queue?.id === queue) &&
    (!agent || c.agent?.id === agent || c.offer?.agent_id === agent)
  );
}

/** The list after a conversation changed. Entries after the loaded end of their part come with the next page. */
export function applied(
  items: Conversation[],
  changed: Conversation,
  filter: Filter,
  rests: Rests,
): Conversation[] {
  const known = items.find((item) => item.id === changed.id);
  // Two sources report it; the older one must not win.
  if (known && known.version > changed.version) return items;
  const others = items.filter((item) => item.id !== changed.id);
  if (!fits(changed, filter)) return known ? others : items;
  const part = partOf(changed.state);
  const end = rests[part]?.last;
  if (end && ORDER[part](changed, end) > 0) return others;
  return [...others, changed].sort(byWait);
}

export class OpenList {
  items = $state.raw<Conversation[]>([]);
  total = $state<number | null>(null);
  private rests = $state.raw(NO_RESTS);
  hasMore = $derived(PARTS.some((part) => this.rests[part]));
  loaded = $state(false);
  failure = $state<string | null>(null);
  private filter: Filter = { state: "", queue: "", agent: "" };
  private round = 0;
  private busy = false;
  /** what changed since the read began, by id: it may be newer than the page; null for what is gone */
  private changes = new Map<string, Conversation | null>();
  private recount: ReturnType<typeof setTimeout> | undefined;

  follow(): () => void {
    const stops = [
      live.on("conversation", ({ conversation_id, conversation }) => {
        if (conversation) this.put(conversation);
        else this.drop(conversation_id);
      }),
      live.on("reset", () => void this.load(this.filter)),
      live.onLive((blind) => blind && void this.load(this.filter)),
    ];
    return () => {
      clearTimeout(this.recount);
      stops.forEach((stop) => stop());
    };
  }

  async load(filter: Filter): Promise<void> {
    this.filter = filter;
    await this.read(null);
  }

  /** The next page, when the end of the list comes into view. */
  async more(): Promise<void> {
    if (this.hasMore && !this.busy) await this.read(this.rests);
  }

  put(changed: Conversation): void {
    if (this.busy) this.changes.set(changed.id, changed);
    if (!this.loaded) return;
    const before = this.items.length;
    this.items = applied(this.items, changed, this.filter, this.rests);
    if (this.items.length !== before) this.countSoon();
  }

  private drop(id: string): void {
    if (this.busy) this.changes.set(id, null);
    this.items = this.items.filter((item) => item.id !== id);
    this.countSoon();
  }

  private query(states: string[]) {
    const { queue, agent } = this.filter;
    return { state: states.join(","), ...(queue && { queue }), ...(agent && { agent }) };
  }

  /** A page of a part, or nothing when the filter leaves nothing of it. */
  private async page(part: Part, cursor: string | undefined) {
    const states = statesOf(this.filter).filter((state) => partOf(state as ConversationState) === part);
    if (states.length === 0) return { items: [], rest: null };
    const query = {
      ...this.query(states),
      ...(part === "queued" && { sort: "waiting" as const }),
      ...(cursor && { cursor }),
      limit: PAGE,
    };
    const { items, next } = await api.get("/conversations", { query });
    const last = items.at(-1);
    return { items, rest: next !== null && last ? { next, last } : null };
  }

  /** The next page of each part that has one; without rests the list from its beginning. */
  private async read(rests: Rests | null): Promise<void> {
    const mine = ++this.round;
    this.busy = true;
    this.changes.clear();
    this.failure = null;
    const parts = PARTS.filter((part) => rests === null || rests[part]);
    try {
      const [total, ...pages] = await Promise.all([
        this.count(),
        ...parts.map((part) => this.page(part, rests?.[part]?.next)),
      ]);
      if (mine !== this.round) return; // another filter in the meantime
      // One that is accepted between the two requests is in both answers.
      const found = new Map((rests ? this.items : []).map((item) => [item.id, item]));
      for (const item of pages.flatMap(({ items }) => items))
        if (item.version > (found.get(item.id)?.version ?? -1)) found.set(item.id, item);
      this.rests = { ...NO_RESTS, ...Object.fromEntries(parts.map((part, i) => [part, pages[i]!.rest])) };
      this.items = [...this.changes].reduce(
        (items, [id, changed]) =>
          changed ? applied(items, changed, this.filter, this.rests) : items.filter((item) => item.id !== id),
        [...found.values()].sort(byWait),
      );
      this.total = total;
      this.loaded = true;
    } catch (error) {
      if (mine === this.round) this.failure = sentenceOf(error);
    } finally {
      if (mine === this.round) this.busy = false;
    }
  }

  private async count(): Promise<number | null> {
    const query = { ...this.query(statesOf(this.filter)), total: true, limit: 1 };
    return (await api.get("/conversations", { query })).total ?? null;
  }

  /** Only the server knows the total; it is read at most every three seconds. */
  private countSoon(): void {
    this.recount ??= setTimeout(() => {
      this.recount = undefined;
      const mine = this.round;
      this.count().then(
        (total) => mine === this.round && (this.total = total),
        () => {},
      );
    }, 3_000);
  }
}
