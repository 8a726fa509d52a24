// Messages that were written but not sent, per conversation, stored in this browser across reloads. Each draft has
// its own key, so that two tabs do not overwrite each other's.
import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { session } from "../api/session.svelte";
import { onRemembered, recall, recallAll, remember } from "../kit/local";
import { draftsOf } from "./own-words";

export type Draft = {
  text: string;
  note: boolean;
  reply_to: string | null;
  /** what was typed before the language model suggested the text; null or missing if it did not */
  before?: string | null;
  at: number;
};
const NONE: Draft = { text: "", note: false, reply_to: null, at: 0 };
/** Enough for everything one agent has open; the oldest go first. */
const MOST = 100;

export class Drafts {
  /** On a shared computer everyone has their own. */
  private prefix = draftsOf(session.me?.user.id ?? "");
  private map = new SvelteMap<string, Draft>(recallAll<Draft>(this.prefix));
  /** What was written in this tab. Another tab may write over the stored copy. */
  private own = new Map<string, Draft>();

  constructor() {
    onRemembered(this.prefix, (id) => {
      const draft = recall<Draft | null>(this.prefix + id, null);
      const own = this.own.get(id);
      if (draft) this.map.set(id, draft);
      // The other tab sent its own text, not that of this one.
      else if (own && own.text !== this.map.get(id)?.text) this.save(id, own);
      else {
        this.own.delete(id);
        this.map.delete(id);
      }
    });
  }

  get(id: string): Draft {
    return this.map.get(id) ?? NONE;
  }

  has(id: string): boolean {
    return (this.map.get(id)?.text.trim() ?? "") !== "";
  }

  /** Called from effects: the values read here must not make them run again. */
  set(id: string, { text, note, reply_to, before = null }: Omit<Draft, "at">): void {
    untrack(() => {
      if (text === "" && reply_to === null) return this.forget(id);
      const draft = { text, note, reply_to, before, at: Date.now() };
      this.own.set(id, draft);
      this.save(id, draft);
      if (this.map.size <= MOST) return;
      const oldest = [...this.map].sort(([, a], [, b]) => a.at - b.at)[0];
      if (oldest) this.forget(oldest[0]);
    });
  }

  private save(id: string, draft: Draft): void {
    this.map.set(id, draft);
    remember(this.prefix + id, draft);
  }

  private forget(id: string): void {
    this.own.delete(id);
    if (!this.map.delete(id)) return;
    remember(this.prefix + id, null);
  }
}

export const drafts = new Drafts();
