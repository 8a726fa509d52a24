// The lists of the mock: conversations as an inbox asks for them, and the customers who take part in them.
import type { Contact, Conversation, Message } from "../src/api/models";
import { byActivity, byTurn } from "../src/workspace/order";

type All<T> = Map<string, T>;

/** A page of conversations, as the server answers it. */
export function listed(url: URL, conversations: All<Conversation>, messages: All<Message[]>, me: string) {
  const states = url.searchParams.get("state")?.split(",").filter(Boolean);
  const q = (url.searchParams.get("q") ?? "").toLowerCase();
  const asked = (name: string) => url.searchParams.get(name) ?? "";
  const mine = asked("agent") === "me";
  const hit = (c: Conversation) =>
    q ? messages.get(c.id)?.findLast((message) => message.text?.toLowerCase().includes(q)) : undefined;
  const found = [...conversations.values()].filter(
    (c) =>
      (!states?.length || states.includes(c.state)) &&
      (!mine || c.agent?.id === me || c.offer?.agent_id === me) &&
      (!q || `${c.contact.name} ${c.last_message?.text}`.toLowerCase().includes(q) || hit(c)) &&
      (!asked("agent") || mine || c.agent?.id === asked("agent")) &&
      (!asked("queue") || c.queue?.id === asked("queue")) &&
      (!asked("from") || c.last_activity_at >= asked("from")) &&
      (!asked("to") || c.last_activity_at < asked("to")),
  );
  found.sort(url.searchParams.get("sort") === "waiting" ? byTurn : byActivity);
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const to = from + Number(url.searchParams.get("limit") ?? 50);
  return {
    items: found.slice(from, to).map((c) => {
      const found = hit(c);
      return found ? { ...c, found: { message_id: found.id, text: found.text } } : c;
    }),
    next: to < found.length ? String(to) : null,
    ...(url.searchParams.get("total") && { total: found.length }),
  };
}

/** The customers whose name holds the words. */
export function customers(url: URL, conversations: All<Conversation>) {
  const q = (url.searchParams.get("q") ?? "").toLowerCase();
  const found = [...conversations.values()].filter((c) => (c.contact.name ?? "").toLowerCase().includes(q));
  return { items: found.map((c) => ({ ...c.contact, email: null, phone: null })), next: null };
}

/** The conversations of one customer. */
export const conversationsOf = (id: string, all: readonly Conversation[]): Conversation[] =>
  all.filter((c) => c.contact.id === id || (id === "k-c-olena" && c.contact.name === "Olena Kovalenko"));

/** The customer of these conversations, of which there is one at least. */
export function customer(id: string, [first, ...others]: [Conversation, ...Conversation[]]): Contact {
  return {
    id,
    name: first.contact.name,
    picture_url: first.contact.picture_url,
    created_at: new Date(Date.now() - 9.2 * 86_400_000).toISOString(),
    identities: first.contact.identities,
    conversations: 1 + others.length,
    attributes: {},
    channel_name: null,
    name_is_custom: false,
    phone: null,
    email: null,
    note: null,
    version: 1,
  };
}
