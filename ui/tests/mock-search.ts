// The search of the mock: conversations by their messages, customers by their name.
import type { Conversation, Message } from "../src/api/models";

type All<T> = Map<string, T>;

/** What is found, as the server answers it. */
export function search(url: URL, conversations: All<Conversation>, messages: All<Message[]>): unknown[] {
  const q = (url.searchParams.get("q") ?? "").toLowerCase();
  const kind = url.searchParams.get("kind");
  /** Every word by itself, as the server marks them. */
  const place = (text: string) => {
    const at = q.split(/\s+/).map((word) => ({ start: text.toLowerCase().indexOf(word), end: word.length }));
    const found = at.filter(({ start }) => start >= 0);
    return { text, ranges: found.map(({ start, end }) => ({ start, end: start + end })) };
  };
  return [...conversations.values()].flatMap((c): unknown[] => {
    const hit = messages.get(c.id)?.findLast((one) => one.text?.toLowerCase().includes(q));
    const { id, name } = c.contact;
    const named = name.toLowerCase().includes(q);
    const item = { at: c.last_activity_at, contact: { ...c.contact, phone: null, email: null } };
    if (kind === "contact")
      return named ? [{ ...item, kind, id, conversation: null, message: null, highlight: place(name) }] : [];
    if (!hit && !named) return [];
    const highlight = place(hit?.text ?? name);
    return [{ ...item, kind: "conversation", id: c.id, conversation: c, message: hit ?? null, highlight }];
  });
}
