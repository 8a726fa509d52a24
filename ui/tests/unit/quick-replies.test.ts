// Quick replies behind "/": found by any words, those of one folder together, and only those for the conversation's queue.
import { beforeEach, expect, test } from "vitest";
import type { Conversation, QuickReply } from "../../src/api/models";
import { quickReplies, slashWord } from "../../src/workspace/quick-replies.svelte";
import { quickReplies as samples } from "../fixtures/people";

const reply = (shortcut: string, more: Partial<QuickReply> = {}): QuickReply => ({
  ...samples[0]!,
  id: shortcut,
  shortcut,
  title: shortcut,
  text: "",
  folder: "",
  ...more,
});
const inQueue = (id: string | null) =>
  ({ queue: id === null ? null : { id, name: id } }) as unknown as Conversation;
const found = (words: string, queue: string | null = null) =>
  quickReplies.find(words, inQueue(queue)).map((q) => q.shortcut);

beforeEach(() => {
  quickReplies.items = [
    reply("hours", { title: "Opening hours", folder: "Shop", text: "We are open until eight." }),
    reply("hello", { title: "Greeting", text: "Hello, how can I help?" }),
    reply("return", { title: "Return a parcel", folder: "Orders", text: "Put it into its box." }),
    reply("late", { title: "A late parcel", folder: "Orders", text: "It is on its way." }),
    reply("sales", { title: "Prices", queue_ids: ["q2"] }),
  ];
});

test("without a word all are listed, folder by folder", () => {
  expect(found("")).toEqual(["hello", "late", "return", "hours"]);
});

test("every word is looked for, in whatever field", () => {
  expect(found("parcel")).toEqual(["late", "return"]);
  expect(found("orders box")).toEqual(["return"]);
  expect(found("until opening")).toEqual(["hours"]);
  expect(found("parcel zebra")).toEqual([]);
});

test("a shortcut that begins so comes first, and its folder with it", () => {
  expect(found("h")[0]).toBe("hello");
  expect(found("ret")[0]).toBe("return");
});

test("those of a queue are for its conversations alone", () => {
  expect(found("prices", "q2")).toEqual(["sales"]);
  expect(found("prices", "q1")).toEqual([]);
  expect(found("prices")).toEqual([]);
});

test("several words may follow the slash", () => {
  expect(slashWord("/opening ho")).toBe("opening ho");
  expect(slashWord("Well, /late")).toBe("late");
  expect(slashWord("and/or")).toBeNull();
  expect(slashWord("/two  spaces")).toBeNull();
});
