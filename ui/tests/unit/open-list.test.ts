// The supervisor's list of open conversations: a page that is read does not overwrite what the stream has reported since.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../../src/api/client";
import { live } from "../../src/api/live.svelte";
import type { Conversation } from "../../src/api/models";
import { OpenList } from "../../src/supervisor/open-list.svelte";
import { at } from "../fixtures/clock";
import { olena } from "../fixtures/conversations";

const everything = { state: "", queue: "", agent: "" };
const c = (id: string, version: number, over: Partial<Conversation> = {}): Conversation => ({
  ...olena,
  id,
  version,
  state: "active",
  last_activity_at: at(-60),
  ...over,
});
type Page = { items: Conversation[]; next: string | null; total?: number };
/** Answers to the requests, in their order: the number, those in a queue, the others. */
let answers: ((page: Page) => void)[];
let event: (data: { conversation_id: string; conversation: Conversation | null }) => void;
let list: OpenList;
let stop: () => void;

beforeEach(() => {
  answers = [];
  vi.spyOn(api, "get").mockImplementation(
    () => new Promise((done) => answers.push((page) => done(page as never))) as never,
  );
  vi.spyOn(live, "on").mockImplementation((name, handler) => {
    if (name === "conversation") event = handler as typeof event;
    return () => {};
  });
  list = new OpenList();
  stop = list.follow();
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
});
const changes = (conversation: Conversation) => event({ conversation_id: conversation.id, conversation });
const goes = (id: string) => event({ conversation_id: id, conversation: null });
async function answer(others: Conversation[], queued: Conversation[] = []): Promise<void> {
  const [count, line, rest] = answers.splice(0);
  count!({ items: [], next: null, total: others.length + queued.length });
  line!({ items: queued, next: null });
  rest!({ items: others, next: null });
  await new Promise((done) => setTimeout(done));
}
const held = () => list.items.map(({ id, version }) => `${id} ${version}`).sort();

test("what changed, came and went while the first page was read is as the stream says", async () => {
  void list.load(everything);
  changes(c("changed", 3));
  changes(c("closed", 3, { state: "closed" }));
  changes(c("new", 1));
  goes("gone");
  await answer([c("changed", 2), c("closed", 2), c("gone", 2), c("same", 2)]);
  expect(held()).toEqual(["changed 3", "new 1", "same 2"]);
});

test("and so it is when the list is read again; of two versions the newer one stays", async () => {
  void list.load(everything);
  await answer([c("a", 1), c("b", 1)]);
  void list.load(everything);
  changes(c("a", 2));
  goes("b");
  await answer([c("a", 3), c("b", 1)]);
  expect(held()).toEqual(["a 3"]);
});

test("what changed before a read is not changed again by it", async () => {
  void list.load(everything);
  await answer([c("a", 1)]);
  goes("a");
  void list.load(everything);
  await answer([c("a", 2)]);
  expect(held()).toEqual(["a 2"]);
});

test("one that is accepted between the two requests is listed once, as it is now", async () => {
  void list.load(everything);
  await answer([c("a", 2)], [c("a", 1, { state: "queued", agent: null, queued_at: at(-60) })]);
  expect(held()).toEqual(["a 2"]);
});
