// What was written but not sent, per conversation, kept over reloads in this browser.
import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import { session } from "../api/session.svelte";
import { recall, remember } from "../kit/local";

export type Draft = { text: string; note: boolean; reply_to: string | null; at: number };
/** On a shared computer everyone has their own. */
const key = () => `drafts.${session.me?.user.id ?? ""}`;
const NONE: Draft = { text: "", note: false, reply_to: null, at: 0 };
/** Enough for everything one agent has open; the oldest go first. */
const MOST = 100;

export class Drafts {
  private map = new SvelteMap<string, Draft>(Object.entries(recall<Record<string, Draft>>(key(), {})));

  get(id: string): Draft {
    return this.map.get(id) ?? NONE;
  }

  has(id: string): boolean {
    return (this.map.get(id)?.text.trim() ?? "") !== "";
  }

  /** Called from effects: keeping reads the whole map, which must not make them run again. */
  set(id: string, draft: Omit<Draft, "at">): void {
    untrack(() => {
      if (draft.text === "" && draft.reply_to === null) this.map.delete(id);
      else this.map.set(id, { ...draft, at: Date.now() });
      this.keep();
    });
  }

  private keep(): void {
    const newest = [...this.map].sort(([, a], [, b]) => b.at - a.at).slice(0, MOST);
    remember(key(), newest.length ? Object.fromEntries(newest) : null);
  }
}

export const drafts = new Drafts();
