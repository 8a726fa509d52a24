// The company's macros, read once and again after a while, and what running one does.
import { all, api } from "../api/client";
import { session } from "../api/session.svelte";
import type { Macro } from "../api/models";
import { toasts } from "../kit/toasts.svelte";
import { m } from "../paraglide/messages.js";
import { tell } from "./actions";
import { store } from "./store.svelte";

const STALE = 5 * 60_000;

class Macros {
  items = $state.raw<Macro[]>([]);
  private readAt = 0;
  /** the conversation on which a macro is running: a second click does nothing */
  private running: string | null = null;

  load(): void {
    if (Date.now() - this.readAt < STALE || !session.may("answer")) return;
    this.readAt = Date.now();
    all("/macros").then(
      (items) => (this.items = items),
      () => (this.readAt = 0),
    );
  }

  async run(conversation: string, macro: Macro): Promise<void> {
    if (this.running === conversation) return;
    this.running = conversation;
    try {
      const path = { id: conversation, macro_id: macro.id };
      store.put(await api.post("/conversations/{id}/macros/{macro_id}", { path }));
      void store.thread(conversation).load();
      toasts.show(m.macro_done({ name: macro.name }), { tone: "ok" });
    } catch (error) {
      tell(error);
    } finally {
      this.running = null;
    }
  }
}

export const macros = new Macros();
