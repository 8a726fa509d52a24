// The colleagues whom a note in one conversation can mention: read when the first "@" is typed.
import { api } from "../api/client";
import type { Agent } from "../api/models";
import { m } from "../paraglide/messages.js";
import { mentionedIn, namesLike } from "./mention-words";

export class Colleagues {
  private items = $state.raw<Agent[]>([]);
  private loaded = $state(false);
  private loading: Promise<void> | null = null;
  /** who was picked from the list: of two with one name, that one is meant */
  chosen = new Set<string>();

  constructor(private conversation: string) {}

  load(): Promise<void> {
    this.loading ??= api.get("/conversations/{id}/colleagues", { path: { id: this.conversation } }).then(
      ({ items }) => {
        this.items = items;
        this.loaded = true;
      },
      () => void (this.loading = null),
    );
    return this.loading;
  }

  like = (word: string): Agent[] => namesLike(word, this.items);

  /** What the list says while it is empty. */
  get none(): string {
    return this.loaded ? m.mention_none() : m.loading();
  }

  /** The ids of those whom a note mentions. */
  async in(text: string): Promise<string[]> {
    if (!text.includes("@")) return [];
    await this.load();
    return mentionedIn(text, this.items, this.chosen).map(({ id }) => id);
  }
}
