// Sends a filled-in template. Sending it again after a lost response uses the same key, so that the customer
// does not get it twice; any change makes it another message.
import type { MessageTemplate } from "../api/models";
import { freshId } from "../kit/id";
import { isFilled, valuesFor, type Values } from "./message-template";

export type TemplateToSend = { name: string; language: string; variables: Values };

/** One key per message: sending it again uses the same key, any other message a new one. */
export class MessageKey {
  private of = "";
  private id = "";

  for(message: unknown): string {
    const of = JSON.stringify(message);
    if (this.of !== of) [this.of, this.id] = [of, freshId()];
    return this.id;
  }
}

export class Filling {
  template = $state.raw<MessageTemplate | null>(null);
  values = $state.raw<Values>({});
  readonly ready = $derived(this.template !== null && isFilled(this.template, this.values));
  private key = new MessageKey();

  clear(): void {
    this.template = null;
    this.values = {};
    this.key = new MessageKey();
  }

  /** The body of the request. `to` is also part of the identity of the message: the recipient if it starts a
      conversation. */
  request(to = ""): { client_id: string; template: TemplateToSend } {
    const { name, language } = this.template!;
    const template = { name, language, variables: valuesFor(this.template!, this.values) };
    return { client_id: this.key.for([to, template]), template };
  }
}

/** The pointers of errors in the API that the fields show themselves. */
export const TEMPLATE_FIELDS = ["/template/name", "/template/language", "/template/variables"] as const;
