// What the mock makes of the steps by which an agent takes a conversation, sets it aside, or asks for help.
import type { Conversation, User } from "../src/api/models";

/** What the language model answers; null if it is not asked. */
export function modelAnswer(verb: string, deed: string | undefined): Record<string, string> | null {
  if (verb === "suggestion") return { text: "It comes on Friday. [...]" };
  if (verb === "summary") return { text: "She waits for her parcel." };
  return deed === "translation" ? { text: "Is it coming today?", language: "en" } : null;
}

/** What changes of the conversation; null if it is another step. */
export function laterStep(
  verb: string,
  method: string,
  body: unknown,
  c: Conversation,
  me: Pick<User, "id" | "name">,
): Partial<Conversation> | null {
  if (verb === "snooze") {
    if (method === "DELETE") return { state: "active", snoozed_until: null };
    const { until } = body as { until: string | null };
    return { state: until ? "snoozed" : "waiting", snoozed_until: until };
  }
  if (verb === "invite") {
    const { agent_id, note } = body as { agent_id: string; note?: string };
    const expires_at = new Date(Date.now() + 30_000).toISOString();
    const from = { id: me.id, name: me.name, note: note ?? null };
    const invitation = { agent_id, agent_name: "Ben", expires_at, seconds: 30, from };
    return { invitations: [...c.invitations, invitation] };
  }
  if (verb === "take") return { state: "active", agent: { id: me.id, name: me.name } };
  if (verb === "reopen")
    return { state: "active", closed_at: null, close_reason: null, agent: { id: me.id, name: me.name } };
  return verb === "leave" ? { participants: [], invitations: [] } : null;
}
