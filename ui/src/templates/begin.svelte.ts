// The dialog that begins a conversation from our side can be opened on every page; it is loaded when it is first wanted.
import { channels } from "../api/channels.svelte";
import { session } from "../api/session.svelte";
import type { Contact } from "../api/models";

class Begin {
  open = $state(false);
  /** whom it is for, if that is known */
  contact = $state.raw<Contact | null>(null);

  /** Whether this user may, on any channel. */
  get possible(): boolean {
    return session.may("answer") && !session.guest && channels.items.some((it) => it.message_templates);
  }

  show(contact: Contact | null = null): void {
    this.contact = contact;
    this.open = true;
  }
}

export const begin = new Begin();
