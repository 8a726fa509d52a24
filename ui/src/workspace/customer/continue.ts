// How an agent continues with a customer on another channel: in the conversation that is open there, with a text
// while the messaging window is open, else with a template where the channel has such.
import { channels } from "../../api/channels.svelte";
import type { ContactIdentity, Conversation } from "../../api/models";
import { holds } from "../labels";

export type Way =
  | { kind: "open"; id: string }
  /** it is not possible; the window contains the reason */
  | { kind: "text" | "template" | "none" };

type Account = { channel: string; account_id: string };
const isOn = (identity: Account, c: Conversation) =>
  c.channel === identity.channel && c.account.id === identity.account_id;
const isOpen = (c: Conversation) => c.state !== "closed" && c.state !== "wrap_up";

/** Whether a person’s text reaches the customer there now. */
function takesText({ window }: ContactIdentity, now: number): boolean {
  const until = [window?.closes_at, window?.human_agent_until].flatMap((at) => (at ? [Date.parse(at)] : []));
  return until.some((at) => at > now);
}

/** How to continue with an identity; null if there is nothing to offer: for the current one, and for users who only
    read. */
export function wayOn(
  identity: ContactIdentity,
  conversation: Conversation,
  others: Conversation[],
  me: string,
  now: number,
): Way | null {
  // A conversation in an isolated queue knows its own identity only.
  const known = conversation.contact.identities.some((one) => one.id === identity.id);
  if (!known || !holds(conversation, me) || isOn(identity, conversation)) return null;
  const open = others.find((other) => isOn(identity, other) && isOpen(other));
  if (open) return { kind: "open", id: open.id };
  if (takesText(identity, now)) return { kind: "text" };
  return { kind: channels.of(identity.channel)?.message_templates ? "template" : "none" };
}
