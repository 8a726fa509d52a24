// Translations by the language model. They live outside of the thread’s rows, which come and go by scrolling, and are stored
// nowhere else.
import { SvelteMap } from "svelte/reactivity";
import { api, sentenceOf } from "../api/client";
import { toasts } from "../kit/toasts.svelte";
import { language } from "../kit/locale";

/** `null`: it is being translated. `of`: the text that was translated, which the customer may edit. */
type Translation = { of: string; text: string | null };

type Translatable = { id: string; text: string | null };

class Translations {
  private map = new SvelteMap<string, Translation>();

  of(message: Translatable): Translation | undefined {
    const known = this.map.get(message.id);
    return known?.of === message.text ? known : undefined;
  }

  hide(id: string): void {
    this.map.delete(id);
  }

  async show(conversation: string, message: Translatable): Promise<void> {
    if (message.text === null || this.of(message)) return;
    const { id, text: of } = message;
    this.map.set(id, { of, text: null });
    try {
      const { text } = await api.post("/conversations/{id}/messages/{message_id}/translation", {
        path: { id: conversation, message_id: id },
        body: { language },
      });
      // The customer may have edited the message since.
      if (this.map.get(id)?.of === of) this.map.set(id, { of, text });
    } catch (error) {
      this.map.delete(id);
      toasts.show(sentenceOf(error), { tone: "alarm" });
    }
  }
}

export const translations = new Translations();
