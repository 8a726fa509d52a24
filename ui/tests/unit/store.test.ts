// The live store, fed with lines as the server sends them.
import { beforeEach, expect, test, vi } from "vitest";
import { SseParser } from "../../src/api/sse";
import { clock } from "../../src/api/clock.svelte";
import { session } from "../../src/api/session.svelte";
import type { Conversation } from "../../src/api/models";
import type { LiveEvent } from "../../src/api/events";
import { preferences } from "../../src/workspace/preferences.svelte";
import { MOST_CLOSED, MOST_THREADS, Store } from "../../src/workspace/store.svelte";
import { NOW, at } from "../fixtures/clock";
import { conversations, offered, olena } from "../fixtures/conversations";
import { medium, message } from "../fixtures/messages";
import { me } from "../fixtures/people";

let store: Store;
beforeEach(() => {
  session.me = structuredClone(me);
  clock.now = NOW;
  store = new Store();
});

/** Plays recorded lines into the store. */
function play(lines: string): void {
  for (const event of new SseParser().push(lines))
    store.apply({ name: event.name, data: JSON.parse(event.data) } as LiveEvent);
}
const line = (name: string, data: unknown) => `id: 1\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const changed = (c: Conversation) => line("conversation", { conversation_id: c.id, conversation: c });

test("sorts conversations into offers, mine, waiting, others", () => {
  for (const c of conversations) store.put(c);
  expect(store.offers.map((c) => c.id)).toEqual(["c-offer"]);
  expect(store.mine.map((c) => c.id)).toEqual(["c-nour", "c-olena", "c-marko", "c-long", "c-closedwindow"]);
  expect(store.waiting.map((c) => c.id)).toEqual(["c-w1", "c-w2", "c-w3"]);
  expect(store.others.map((c) => c.id)).toEqual(["c-taras"]);
  expect(store.unread).toBe(3);
});

test("whoever waits longest for an answer is first; in the other order the newest activity, but for what is overdue", () => {
  const at_ = (id: string, due: number | null, activity: number): Conversation => ({
    ...olena,
    id,
    answer_due_since: due === null ? null : at(due),
    last_activity_at: at(activity),
  });
  for (const c of [
    at_("answered", null, -5),
    at_("new", -10, -10),
    at_("due", -200, -60),
    at_("late", -301, -30),
  ])
    store.put(c);
  expect(store.mine.map((c) => c.id)).toEqual(["late", "due", "new", "answered"]);
  preferences.orderMine("newest");
  expect(store.mine.map((c) => c.id)).toEqual(["late", "answered", "new", "due"]);
  preferences.orderMine("due");
});

test("a line that is longer than a page is counted whole and continues where it was loaded to", async () => {
  const line = Array.from({ length: 3 }, (_, i) => ({
    ...conversations.find((c) => c.id === "c-w1")!,
    id: `w${i}`,
    queued_at: at(-300 + i * 60),
  }));
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: RequestInfo | URL) => {
    const url = new URL(request instanceof Request ? request.url : String(request), "http://desk.test");
    if (!url.search.includes("sort=waiting")) return Response.json({ items: [], next: null, total: 0 });
    asked.push(url.searchParams.get("cursor") ?? "");
    return url.searchParams.has("cursor")
      ? Response.json({ items: line.slice(2), next: null, total: 3 })
      : Response.json({ items: line.slice(0, 2), next: "w1", total: 500 });
  });
  await store.load();
  expect([store.waiting.length, store.waitingTotal]).toEqual([2, 500]);
  // Someone far behind in the line writes: they are counted, but there is a gap before them.
  store.put({ ...line[0]!, id: "last", queued_at: at(-1), version: 9 });
  expect(store.waiting.map((c) => c.id)).toEqual(["w0", "w1"]);
  await store.more("waiting");
  vi.unstubAllGlobals();
  expect(asked).toEqual(["", "w1"]);
  expect(store.waiting.map((c) => c.id)).toEqual(["w0", "w1", "w2", "last"]);
  expect(store.waitingTotal).toBe(4);
});

test("an offer appears, and goes when it is over", () => {
  play(line("offer", { conversation_id: offered.id, conversation: offered }));
  expect(store.offers).toHaveLength(1);
  play(line("offer_ended", { conversation_id: offered.id, outcome: "missed" }));
  expect(store.offers).toHaveLength(0);
  expect(store.waiting).toHaveLength(1);
});

test("an offer whose end nobody told stops a few seconds after its time", () => {
  store.put(offered);
  clock.now = Date.parse(at(21)) + 6_000;
  expect(store.offers).toHaveLength(0);
});

test("an accepted offer becomes mine, in whatever order the two events come", () => {
  store.put(offered);
  const active = {
    ...offered,
    state: "active" as const,
    agent: { id: "u1", name: "Maria Koval" },
    offer: null,
    version: 2,
  };
  play(changed(active) + line("offer_ended", { conversation_id: offered.id, outcome: "accepted" }));
  expect(store.offers).toHaveLength(0);
  expect(store.mine.map((c) => c.id)).toEqual([offered.id]);
});

test("what I transfer stays mine until the colleague accepts", () => {
  const offer = {
    agent_id: "u2",
    agent_name: "Ben",
    expires_at: at(30),
    seconds: 30,
    from: { id: "u1", name: "Maria Koval", note: null },
  };
  const sent = { ...olena, state: "offered" as const, agent: null, offer, version: 2 };
  play(changed(sent));
  expect(store.mine.map((c) => c.id)).toEqual([olena.id]);
  expect([...store.offers, ...store.waiting]).toHaveLength(0);
  // For the colleague it is an offer like any other.
  play(
    changed({ ...sent, offer: { ...offer, agent_id: "u1", from: { ...offer.from, id: "u2" } }, version: 3 }),
  );
  expect(store.offers.map((c) => c.id)).toEqual([olena.id]);
  expect(store.mine).toHaveLength(0);
});

test("what I set aside has a list of its own, in the order in which it comes back", () => {
  const aside = (id: string, snoozed_until: string | null): Conversation => ({
    ...olena,
    id,
    state: snoozed_until ? "snoozed" : "waiting",
    snoozed_until,
  });
  for (const c of [aside("open-ended", null), aside("late", at(7_200)), aside("soon", at(3_600))])
    store.put(c);
  expect(store.aside.map((c) => c.id)).toEqual(["soon", "late", "open-ended"]);
  expect(store.mine).toEqual([]);
  store.put({ ...olena, id: "soon", version: 2 });
  expect([store.aside.length, store.mine.map((c) => c.id)]).toEqual([2, ["soon"]]);
});

test("an invitation rings like an offer; who takes part finds the conversation among their own", () => {
  const ben = { id: "u2", name: "Ben" };
  const invitation = {
    agent_id: me.user.id,
    agent_name: me.user.name,
    expires_at: at(30),
    seconds: 30,
    from: { ...ben, note: "Which part?" },
  };
  const asked: Conversation = { ...olena, id: "asked", agent: ben, invitations: [invitation], unread: 4 };
  store.put(asked);
  expect([store.offers.map((c) => c.id), store.mine.length]).toEqual([["asked"], 0]);
  store.endOffer("asked");
  expect([store.offers.length, store.others.map((c) => c.id)]).toEqual([0, ["asked"]]);
  const part = { id: me.user.id, name: me.user.name };
  store.put({ ...asked, invitations: [], participants: [part], version: 2 });
  expect([store.mine.map((c) => c.id), store.others.length]).toEqual([["asked"], 0]);
  expect(store.unread).toBe(0); // the agent's to read
});

test("an older version never replaces a newer one", () => {
  play(changed({ ...olena, version: 5, unread: 4 }));
  store.put({ ...olena, version: 4, unread: 0 });
  expect(store.conversations.get(olena.id)?.unread).toBe(4);
});

test("a row learns that its last words were not sent", () => {
  const latest = { ...olena.last_message!, id: "m9", direction: "out" as const, status: "queued" as const };
  store.put({ ...olena, last_message: latest });
  const failed = { ...message({ id: "m9" }), status: "failed" as const };
  play(line("message", { conversation_id: olena.id, message: { ...failed, id: "other" } }));
  expect(store.conversations.get(olena.id)?.last_message?.status).toBe("queued");
  play(line("message", { conversation_id: olena.id, message: failed }));
  expect(store.conversations.get(olena.id)?.last_message?.status).toBe("failed");
});

test("a row learns how long a voice message is once the file is here", () => {
  const file = { kind: "audio" as const, name: null, seconds: null };
  store.put({ ...olena, last_message: { ...olena.last_message!, id: "m9", file } });
  const voice = message({ id: "m9", attachments: [medium("voice", { type: "audio", seconds: 12 })] });
  play(line("message", { conversation_id: olena.id, message: voice }));
  expect(store.conversations.get(olena.id)?.last_message?.file?.seconds).toBe(12);
});

test("what leaves our sight is forgotten", () => {
  store.put(olena);
  play(line("conversation", { conversation_id: olena.id, gone: true }));
  expect(store.mine).toHaveLength(0);
});

test("only my own status changes mine", () => {
  const paused = {
    status: "pause",
    cause: null,
    since: "2026-05-12T10:00:00Z",
    reason: "missed_offers",
    by: null,
  };
  play(line("status", { user_id: "u2", status: paused }));
  expect(session.status?.status).toBe("online");
  play(line("status", { user_id: "u1", status: paused }));
  expect(session.status?.reason).toBe("missed_offers");
});

test("an unknown event is no harm", () => {
  expect(() => play(line("weather", { sunny: true }))).not.toThrow();
});

test("after something was missed, those that only wait and are in no list any more are forgotten, but for an open one", async () => {
  const [first, open] = conversations.filter((c) => c.state === "queued");
  for (const c of conversations) store.put(c);
  store.thread(open!.id);
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: RequestInfo | URL) => {
    const path = new URL(request instanceof Request ? request.url : String(request), "http://desk.test")
      .pathname;
    asked.push(path);
    return Response.json(path.endsWith("/conversations") ? { items: [], next: null } : open);
  });
  store.apply({ name: "reset", data: {} } as LiveEvent);
  await vi.waitFor(() =>
    expect(asked.some((path) => path.endsWith(`/conversations/${open!.id}`))).toBe(true),
  );
  vi.unstubAllGlobals();
  expect(store.conversations.has(first!.id)).toBe(false);
  expect(asked.some((path) => path.includes(first!.id))).toBe(false);
  expect(asked.some((path) => path.includes("/messages"))).toBe(false);
});

test("a long shift keeps 30 threads, among them the open one and one with an unsent message", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  const open = store.thread("open");
  const close = open.show();
  const unsent = store.thread("unsent");
  unsent.send({ text: "Hello", attachments: [], reply_to: null });
  const old = store.thread("old");
  const used = store.thread("used");
  for (let i = 0; i < MOST_THREADS - 4; i++) store.thread(`t${i}`);
  expect(store.thread("used")).toBe(used);
  store.thread("one more");

  expect(store.thread("used")).toBe(used);
  expect(store.thread("open")).toBe(open);
  expect(store.thread("unsent")).toBe(unsent);
  expect(store.thread("old")).not.toBe(old);
  close();
  vi.unstubAllGlobals();
});

test("closed conversations are bounded, and the open one stays", () => {
  const closed = (i: number): Conversation => ({
    ...olena,
    id: `closed-${i}`,
    state: "closed",
    last_activity_at: at(i),
    closed_at: at(i),
  });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  const close = store.thread("closed-0").show();
  store.put(olena);
  for (let i = 0; i < MOST_CLOSED + 20; i++) store.put(closed(i));

  expect(store.conversations.size).toBe(MOST_CLOSED + 1);
  expect(store.conversations.has(olena.id)).toBe(true);
  expect(store.conversations.has("closed-0")).toBe(true);
  expect(store.conversations.has("closed-1")).toBe(false);
  expect(store.conversations.has(`closed-${MOST_CLOSED + 19}`)).toBe(true);
  close();
  vi.unstubAllGlobals();
});

test("a conversation that went from our view while the lists were read stays away", async () => {
  const answers: (() => void)[] = [];
  vi.stubGlobal("fetch", (request: RequestInfo | URL) => {
    const url = new URL(request instanceof Request ? request.url : String(request), "http://desk.test");
    const items = url.search.includes("agent=me") && !url.search.includes("closed") ? [olena] : [];
    return new Promise((done) => answers.push(() => done(Response.json({ items, next: null, total: 0 }))));
  });
  const reading = store.load();
  play(line("conversation", { conversation_id: olena.id, conversation: null, gone: true }));
  for (const answer of answers) answer();
  await reading;
  expect(store.conversations.has(olena.id)).toBe(false);
  // Unless it came back.
  const again = store.load();
  play(line("conversation", { conversation_id: olena.id, conversation: null, gone: true }));
  play(changed(olena));
  for (const answer of answers) answer();
  await again;
  vi.unstubAllGlobals();
  expect(store.conversations.has(olena.id)).toBe(true);
});
