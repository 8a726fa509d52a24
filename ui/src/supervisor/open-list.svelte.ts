// The open conversations that a supervisor looks through: a page of them, updated by the stream.
import { api, sentenceOf } from "../api/client";
import { live } from "../api/live.svelte";
import type { Conversation, ConversationState } from "../api/models";
import { byActivity } from "../workspace/order";

export type Filter = { state: string; queue: string; agent: string };
export const OPEN: ConversationState[] = ["bot", "queued", "offered", "active", "wrap_up"];
const PAGE = 50;

/** Whether a conversation belongs in a list. */
export function fits(c: Conversation, { state, queue, agent }: Filter): boolean {
  const states: string[] = state ? state.split(",") : OPEN;
  return (
    states.includes(c.state) &&
    (!queue || c.queue?.id === queue) &&
    (!agent || c.agent?.id === agent || c.offer?.agent_id === agent)
  );
}

/** The list after a conversation changed. Entries after its loaded end come with the next page. */
export function applied(
  items: Conversation[],
  changed: Conversation,
  filter: Filter,
  hasMore: boolean,
): Conversation[] {
  const known = items.find((item) => item.id === changed.id);
  // Two sources report it; the older one must not win.
  if (known && known.version > changed.version) return items;
  const others = items.filter((item) => item.id !== changed.id);
  if (!fits(changed, filter)) return known ? others : items;
  const end = others.at(-1);
  if (hasMore && end && byActivity(changed, end) > 0) return others;
  return [...others, changed].sort(byActivity);
}

export class OpenList {
  items = $state.raw<Conversation[]>([]);
  total = $state<number | null>(null);
  next = $state<string | null>(null);
  loaded = $state(false);
  failure = $state<string | null>(null);
  private filter: Filter = { state: "", queue: "", agent: "" };
  private round = 0;
  private busy = false;
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
    if (this.next && !this.busy) await this.read(this.next);
  }

  put(changed: Conversation): void {
    if (!this.loaded) return;
    const before = this.items.length;
    this.items = applied(this.items, changed, this.filter, this.next !== null);
    if (this.items.length !== before) this.countSoon();
  }

  private drop(id: string): void {
    this.items = this.items.filter((item) => item.id !== id);
    this.countSoon();
  }

  private query(cursor: string | null) {
    const { state, queue, agent } = this.filter;
    return {
      state: state || OPEN.join(","),
      ...(queue && { queue }),
      ...(agent && { agent }),
      ...(cursor && { cursor }),
      total: true,
    };
  }

  private async read(cursor: string | null): Promise<void> {
    const mine = ++this.round;
    this.busy = true;
    this.failure = null;
    try {
      const page = await api.get("/conversations", { query: { ...this.query(cursor), limit: PAGE } });
      if (mine !== this.round) return; // another filter in the meantime
      const known = new Set(cursor ? this.items.map((item) => item.id) : []);
      const fresh = page.items.filter((item) => !known.has(item.id));
      this.items = cursor ? [...this.items, ...fresh] : page.items;
      this.next = page.next;
      this.total = page.total ?? null;
      this.loaded = true;
    } catch (error) {
      if (mine === this.round) this.failure = sentenceOf(error);
    } finally {
      if (mine === this.round) this.busy = false;
    }
  }

  /** Only the server knows the total; it is read at most every three seconds. */
  private countSoon(): void {
    this.recount ??= setTimeout(() => {
      this.recount = undefined;
      const mine = this.round;
      api.get("/conversations", { query: { ...this.query(null), limit: 1 } }).then(
        (page) => mine === this.round && (this.total = page.total ?? null),
        () => {},
      );
    }, 3_000);
  }
}
