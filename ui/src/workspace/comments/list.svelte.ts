// The comments in the lists: those that need an answer first, then the others, each newest first.
import { SvelteMap } from "svelte/reactivity";
import { api, sentenceOf } from "../../api/client";
import { live } from "../../api/live.svelte";
import type { Comment } from "../../api/models";

export const SHOWS = ["", "open", "hidden", "removed"] as const;
export type Show = (typeof SHOWS)[number];
type Part = { needs_answer?: boolean; state?: "hidden" | "removed" };

const PAGE = 50;
/** The most that the server sends at once. */
const MOST = 200;
/** Events come in groups: one comment is stored, answered and sent. */
const SOON = 300;
/** How often the lists look whether a reply on its way has arrived. */
const AGAIN = 2_000;

const partsOf = (show: Show): Part[] => {
  if (show === "open") return [{ needs_answer: true }];
  return show === "" ? [{ needs_answer: true }, { needs_answer: false }] : [{ state: show }];
};

/** Whether the state of its reply may change soon. */
export const unsettled = ({ reply_status }: Comment): boolean =>
  reply_status === "queued" || reply_status === "uncertain";

export class CommentList {
  items = $state.raw<Comment[]>([]);
  /** how many need an answer; null until it is known */
  count = $state<number | null>(null);
  loaded = $state(false);
  failure = $state<string | null>(null);
  show = $state<Show>("");
  account = $state("");
  /** the accounts whose comments were seen, by id */
  readonly accounts = new SvelteMap<string, string>();
  private rest = $state.raw<{ part: number; cursor: string | null } | null>(null);
  private opened = false;
  private adding = false;
  /** counts the reads: an answer that a later read has overtaken is not shown */
  private reads = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  get hasMore(): boolean {
    return this.rest !== null;
  }

  /** Listens until the returned function is called. */
  start(): () => void {
    const stops = [
      live.on("comment", () => this.soon(SOON)),
      live.on("reset", () => this.soon(SOON)),
      live.onLive((blind) => blind && this.soon(SOON)),
    ];
    void this.recount();
    return () => {
      stops.forEach((stop) => stop());
      clearTimeout(this.timer);
    };
  }

  /** The list is shown, or no longer: until then only the count is read. */
  open(shown: boolean): void {
    this.opened = shown;
    if (shown) void this.load();
  }

  filter(show: Show, account: string): void {
    [this.show, this.account] = [show, account];
    this.items = [];
    this.loaded = false;
    void this.load();
  }

  private soon(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.recount();
      if (this.opened) void this.load();
    }, delay);
  }

  private async recount(): Promise<void> {
    // What it was is nearly right; the next event counts again.
    await api.get("/comments/count").then(
      ({ needs_answer }) => (this.count = needs_answer),
      () => {},
    );
  }

  /** Reads the list again, as far as it was read. */
  async load(): Promise<void> {
    const read = ++this.reads;
    const wanted = Math.max(PAGE, this.items.length);
    const items: Comment[] = [];
    let rest: typeof this.rest = { part: 0, cursor: null };
    try {
      while (rest && items.length < wanted) {
        const page = await this.read(rest, Math.min(MOST, Math.max(PAGE, wanted - items.length)));
        items.push(...page.items);
        rest = page.rest;
      }
      if (read !== this.reads) return;
      this.take(items, rest);
      if (items.some(unsettled)) this.soon(AGAIN);
    } catch (error) {
      if (read === this.reads) this.failure = sentenceOf(error);
    }
  }

  /** The next page: the end of the list came into view. */
  async more(): Promise<void> {
    const [rest, read] = [this.rest, this.reads];
    if (!rest || this.adding) return;
    this.adding = true;
    try {
      const page = await this.read(rest, PAGE);
      if (read === this.reads) this.take([...this.items, ...page.items], page.rest);
    } catch (error) {
      this.failure = sentenceOf(error);
    } finally {
      this.adding = false;
    }
  }

  private take(items: Comment[], rest: typeof this.rest): void {
    // Between two pages one may have moved from the first part to the second.
    this.items = [...new Map(items.map((comment) => [comment.id, comment])).values()];
    this.rest = rest;
    this.loaded = true;
    this.failure = null;
    for (const { page_id, page_name } of items) this.accounts.set(page_id, page_name || page_id);
  }

  private async read(from: { part: number; cursor: string | null }, limit: number) {
    const parts = partsOf(this.show);
    const query = { ...parts[from.part], limit, ...(from.cursor ? { cursor: from.cursor } : {}) };
    const page = this.account
      ? await api.get("/pages/{page_id}/comments", { path: { page_id: this.account }, query })
      : await api.get("/comments", { query });
    const last = !page.next && from.part === parts.length - 1;
    const part = page.next ? from.part : from.part + 1;
    return { items: page.items, rest: last ? null : { part, cursor: page.next ?? null } };
  }
}

export const comments = new CommentList();
