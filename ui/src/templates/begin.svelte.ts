// The dialog that begins a conversation from our side can be opened on every page; it is loaded when it is first
// needed.
import { channels } from "../api/channels.svelte";
import { session } from "../api/session.svelte";
import type { Contact } from "../api/models";

class Begin {
  open = $state(false);
  /** the recipient, if known */
  contact = $state.raw<Contact | null>(null);

  /** Whether this user may do so on any channel. */
  get possible(): boolean {
    return session.may("answer") && !session.guest && channels.items.some((it) => it.message_templates);
  }

  show(contact: Contact | null = null): void {
    this.contact = contact;
    this.open = true;
  }
}

export const begin = new Begin();
