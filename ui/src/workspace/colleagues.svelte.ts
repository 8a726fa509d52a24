// The colleagues whom a note in one conversation can mention: read when the first "@" is typed.
import { api, sentenceOf } from "../api/client";
import type { Agent } from "../api/models";
import { m } from "../paraglide/messages.js";
import { mentionedIn, namesLike } from "./mention-words";

export class Colleagues {
  private items = $state.raw<Agent[]>([]);
  private loaded = $state(false);
  private failure = $state<string | null>(null);
  private loading: Promise<void> | null = null;
  /** who was picked from the list: of two with one name, that one is meant */
  chosen = new Set<string>();

  constructor(private conversation: string) {}

  /** For the list, which says itself what is wrong. */
  load(): void {
    this.read().catch(() => {});
  }

  private read(): Promise<void> {
    this.loading ??= this.ask().catch((error: unknown) => {
      this.loading = null;
      this.failure = sentenceOf(error);
      throw error;
    });
    return this.loading;
  }

  private async ask(): Promise<void> {
    this.failure = null;
    const path = { id: this.conversation };
    this.items = (await api.get("/conversations/{id}/colleagues", { path })).items;
    this.loaded = true;
  }

  like = (word: string): Agent[] => namesLike(word, this.items);

  /** What the list says while it is empty. */
  get none(): string {
    return this.failure ?? (this.loaded ? m.mention_none() : m.loading());
  }

  /** The ids of those whom a note mentions. Throws if they cannot be read: saved without them, the note would reach no
      colleague. */
  async in(text: string): Promise<string[]> {
    if (!text.includes("@")) return [];
    await this.read();
    return mentionedIn(text, this.items, this.chosen).map(({ id }) => id);
  }
}
