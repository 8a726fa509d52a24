// Continuing with a customer on another channel: which way there is.
import { beforeEach, expect, it } from "vitest";
import { channels } from "../../src/api/channels.svelte";
import type { ContactIdentity, Conversation } from "../../src/api/models";
import { wayOn } from "../../src/workspace/customer/continue";
import { instagram, messenger, whatsapp } from "../fixtures/channels";
import { conversations } from "../fixtures/conversations";

const NOW = Date.parse("2026-05-03T12:00:00Z");
const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();
const me = "u1";

beforeEach(() => {
  channels.items = [messenger, instagram, whatsapp];
});

function identity(id: string, channel: string, account_id: string, closes: number | null): ContactIdentity {
  const closes_at = closes === null ? null : at(closes);
  return {
    id,
    channel: channel as ContactIdentity["channel"],
    account_id,
    account_name: "Lavka",
    external_id: id,
    window: { closes_at, human_agent_until: null, open: false, ground: null, reason: null, cause: null },
  };
}
const here = identity("i1", "messenger", "1001", 3);
const there = (closes: number | null, channel = "instagram") => identity("i2", channel, "2002", closes);

function held(identities: ContactIdentity[], over: Partial<Conversation> = {}): Conversation {
  const made = structuredClone(conversations[0]!);
  const agent = { id: me, name: "Maria" };
  return {
    ...made,
    state: "active",
    agent,
    held_by: null,
    contact: { ...made.contact, identities },
    ...over,
  };
}
const way = (other: ContactIdentity, others: Conversation[] = [], c = held([here, other])) =>
  wayOn(other, c, others, me, NOW);

it("a text goes where the window is open", () => {
  expect(way(there(2))).toEqual({ kind: "text" });
  const late = there(-1);
  late.window!.human_agent_until = at(48);
  expect(way(late)).toEqual({ kind: "text" });
});
it("after that only a template does, where the channel has such", () => {
  expect(way(there(-1))).toEqual({ kind: "none" });
  expect(way(there(null, "whatsapp"))).toEqual({ kind: "template" });
});
it("an open conversation there is opened", () => {
  const account = { id: "2002", name: "Lavka", picture_url: null };
  const open = held([], { id: "c9", channel: "instagram", account, state: "queued" });
  expect(way(there(-1), [open])).toEqual({ kind: "open", id: "c9" });
  expect(way(there(2), [{ ...open, state: "closed" }])).toEqual({ kind: "text" });
});
it("is offered to who holds the conversation, and not for the channel that is used already", () => {
  expect(wayOn(here, held([here]), [], me, NOW)).toBeNull();
  const other = there(2);
  expect(way(other, [], held([here, other], { agent: { id: "u2", name: "Ben" } }))).toBeNull();
  expect(way(other, [], held([here, other], { state: "closed" }))).toBeNull();
});
it("a conversation that is kept apart leads nowhere", () => {
  expect(way(there(2), [], held([here]))).toBeNull();
});
