// Which conversations the lists show. Not stored: yesterday's filter must not hide a customer.
import { channels } from "../api/channels.svelte";
import type { Channel, Conversation } from "../api/models";

export class Filters {
  unread = $state(false);
  channel = $state<Channel | "">("");
  account = $state("");
  queue = $state("");
  label = $state("");

  get active(): boolean {
    return this.unread || [this.channel, this.account, this.queue, this.label].some(Boolean);
  }

  fits(c: Conversation): boolean {
    return (
      (!this.unread || c.unread > 0) &&
      (!this.channel || c.channel === this.channel) &&
      (!this.account || c.account.id === this.account) &&
      (!this.queue || c.queue?.id === this.queue) &&
      (!this.label || (c.labels ?? []).some((own) => own.id === this.label))
    );
  }

  clear(): void {
    this.unread = false;
    this.channel = this.account = this.queue = this.label = "";
  }
}

export const filters = new Filters();

export const channelName = (channel: Channel): string => channels.of(channel)?.name ?? channel;

export type Choice = { value: string; label: string };

/** The options, by name; each once. */
export function choices(list: ({ id: string; name: string } | null | undefined)[]): Choice[] {
  const byId = new Map(list.flatMap((one) => (one ? [[one.id, one.name] as const] : [])));
  return [...byId].map(([value, label]) => ({ value, label })).sort((a, b) => a.label.localeCompare(b.label));
}
