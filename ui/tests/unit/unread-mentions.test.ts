// The list of notes that mention me and that I have not read: what the stream, the server and other windows do to it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../../src/api/client";
import type { LiveEvents } from "../../src/api/events";
import { live } from "../../src/api/live.svelte";
import type { Conversation, Mention, Message } from "../../src/api/models";
import { session } from "../../src/api/session.svelte";
import { Mentions } from "../../src/workspace/mentions.svelte";
import { store } from "../../src/workspace/store.svelte";
import { olena } from "../fixtures/conversations";
import { message } from "../fixtures/messages";
import { me } from "../fixtures/people";

vi.mock("../../src/api/settings.svelte", () => ({
  settings: { rings: () => false, shows: () => false },
}));

const note = (id: string): Message => ({ ...message({ id, kind: "note" }), mentions: [me.user.id] });
const mention = (id: string, conversation: Conversation = olena): Mention => ({
  conversation,
  note: note(id),
});
const ids = () => mentions.unread.map((one) => one.note.id);
/** Everything that is due by now. */
const idle = () => new Promise((done) => setTimeout(done));

let mentions: Mentions;
let stop: () => void;
let handlers: { message: (data: LiveEvents["message"]) => void; live: (blind: boolean) => void };
let page: { hidden: boolean; look: () => void };
/** answers the reads of the list, in their order */
let answers: ((items: Mention[]) => void)[];
let forgotten: string[];

function start() {
  stop = mentions.start();
}
const arrives = (id: string, conversation = olena.id) =>
  handlers.message({ conversation_id: conversation, message: note(id) } as LiveEvents["message"]);

beforeEach(() => {
  session.me = structuredClone(me);
  mentions = new Mentions();
  [answers, forgotten] = [[], []];
  page = { hidden: false, look: () => {} };
  vi.stubGlobal("document", {
    get hidden() {
      return page.hidden;
    },
    addEventListener: (_: string, look: () => void) => (page.look = look),
    removeEventListener: () => (page.look = () => {}),
  });
  handlers = { message: () => {}, live: () => {} };
  vi.spyOn(live, "on").mockImplementation((name, handler) => {
    if (name === "message") handlers.message = handler as typeof handlers.message;
    return () => {};
  });
  vi.spyOn(live, "onLive").mockImplementation((handler) => {
    handlers.live = handler;
    return () => {};
  });
  vi.spyOn(api, "get").mockImplementation(
    () => new Promise((done) => answers.push((items) => done({ items } as never))) as never,
  );
  vi.spyOn(api, "delete").mockImplementation((_path, ...[input]) => {
    forgotten.push((input as { path: { conversation_id: string } }).path.conversation_id);
    return Promise.resolve() as never;
  });
  store.conversations.set(olena.id, olena);
});
afterEach(() => {
  stop();
  store.conversations.clear();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  session.me = null;
});

test("the list is read again when the stream begins blind, and when the tab comes to the front", async () => {
  start();
  handlers.live(false);
  expect(answers).toHaveLength(1);
  handlers.live(true);
  expect(answers).toHaveLength(2);
  page.hidden = true;
  page.look();
  expect(answers).toHaveLength(2);
  page.hidden = false;
  page.look();
  expect(answers).toHaveLength(3);
  // What was read elsewhere is gone.
  answers[2]!([mention("n-2")]);
  await idle();
  expect(ids()).toEqual(["n-2"]);
});

/** A note arrives whose conversation is not known and is being read. Returns what ends that. */
async function arrivesUnknown(): Promise<(c: Conversation) => void> {
  start();
  answers[0]!([]);
  await idle();
  store.conversations.clear();
  let found: (c: Conversation) => void = () => {};
  vi.spyOn(store, "fetch").mockReturnValue(new Promise((done) => (found = done)));
  arrives("n-1");
  return (c) => found(c);
}

test("a note whose conversation is read while the list brings it is listed once", async () => {
  const found = await arrivesUnknown();
  page.look();
  answers[1]!([mention("n-1")]);
  await idle();
  found(olena);
  await idle();
  expect(ids()).toEqual(["n-1"]);
});

test("a note whose conversation is opened while it is read is read at once", async () => {
  const found = await arrivesUnknown();
  mentions.show(olena.id);
  found(olena);
  await idle();
  expect([ids(), forgotten]).toEqual([[], [olena.id]]);
});

test("an answer that is older than what the stream and the agent did since overwrites neither", async () => {
  const other = { ...olena, id: "c-other" };
  start();
  answers[0]!([mention("n-1", other)]);
  await idle();
  page.look();
  arrives("n-2");
  mentions.show(other.id)();
  expect(ids()).toEqual(["n-2"]);
  answers[1]!([mention("n-1", other)]);
  await idle();
  expect(ids()).toEqual(["n-2"]);
});
