// The browser's rule of sameness against the table that the server's tests read.
import { expect, test } from "vitest";
import table from "../../../crates/domain/src/same.json";
import { fits, same } from "../../src/kit/same";
import type { Conversation } from "../../src/api/models";
import { quickReplies } from "../../src/workspace/quick-replies.svelte";

test.each(table.same.map((group) => [group[0]!, group]))(
  "%s is the same however it is written",
  (one, group) => {
    for (const other of group) expect(same(other), other).toBe(same(one));
  },
);

test.each(table.different)("%s is not %s", (one, other) => {
  expect(same(one!)).not.toBe(same(other!));
});

test("words are found within texts, and no words in all", () => {
  expect(fits("conceicao", null, "André Conceição")).toBe(true);
  expect(fits(" ", "anything")).toBe(true);
  expect(fits("x", undefined, "y")).toBe(false);
});

test("quick replies are found in any case and without accents", () => {
  const reply = (shortcut: string, title: string, text: string) => ({
    id: shortcut,
    shortcut,
    title,
    text,
    folder: "",
    personal: false,
    team_ids: [],
    queue_ids: [],
    files: [],
    version: 1,
  });
  const conversation = { queue: null } as unknown as Conversation;
  quickReplies.items = [
    reply("ship", "İstanbul’a kargo", "…"),
    reply("hi", "Greeting", "Olá, bem-vindo à São Paulo"),
  ];
  const found = (words: string) => quickReplies.find(words, conversation).map((q) => q.id);
  expect(found("istanbul")).toEqual(["ship"]);
  expect(found("sao paulo")).toEqual(["hi"]);
  expect(found("SHI")).toEqual(["ship"]);
});
