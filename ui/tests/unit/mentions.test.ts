// "@" in a note: when it begins a name, whom it may become, and who is mentioned in the end.
import { expect, test } from "vitest";
import type { Agent } from "../../src/api/models";
import { atWord, mentionedIn, namesLike } from "../../src/workspace/mention-words";

const agent = (id: string, name: string) => ({ id, name }) as Agent;
const ben = agent("1", "Ben");
const smith = agent("2", "Ben Smith");
const taras = agent("3", "Тарас Мельник");
const twin = agent("4", "Ben");
const ids = (list: Agent[]) => list.map(({ id }) => id);

test("a name begins after a space, a bracket or at the start; an e-mail address has none", () => {
  expect(atWord("@")).toBe("");
  expect(atWord("ask @Та")).toBe("Та");
  expect(atWord("(@O’Neil")).toBe("O’Neil");
  expect(atWord("me@lavka")).toBeNull();
  expect(atWord("@Ben look")).toBeNull();
});

test("whose name begins with it comes first, whatever the case and accents", () => {
  const zoe = agent("5", "Zoë Benson");
  expect(ids(namesLike("ben", [zoe, smith, ben]))).toEqual(["1", "2", "5"]);
  expect(ids(namesLike("zoe", [zoe, ben]))).toEqual(["5"]);
  expect(ids(namesLike("мель", [taras, ben]))).toEqual(["3"]);
  expect(namesLike("x", [ben])).toEqual([]);
});

test("a longer name is not the shorter one too", () => {
  const none = new Set<string>();
  expect(ids(mentionedIn("@Ben Smith, look", [ben, smith], none))).toEqual(["2"]);
  expect(ids(mentionedIn("@Ben Smith and @Ben", [ben, smith], none))).toEqual(["2", "1"]);
  expect(mentionedIn("Ben said so", [ben], none)).toEqual([]);
});

test("of two with one name the chosen one is meant, else both", () => {
  expect(ids(mentionedIn("@Ben", [ben, twin], new Set(["4"])))).toEqual(["4"]);
  expect(ids(mentionedIn("@Ben", [ben, twin], new Set()))).toEqual(["1", "4"]);
});

test("a longer name, or an e-mail address, is no mention; marks may stand next to a name", () => {
  const mentioned = (text: string) => ids(mentionedIn(text, [ben, taras], new Set()));
  expect(mentioned("@Benjamin, look")).toEqual([]);
  expect(mentioned("@Ben2")).toEqual([]);
  expect(mentioned("write to shop@Ben")).toEqual([]);
  expect(mentioned("@Тарас Мельники")).toEqual([]);
  expect(mentioned("(@Ben), @Тарас Мельник: look")).toEqual(["3", "1"]);
  expect(mentioned("@Ben’s customer")).toEqual(["1"]);
});

test("marks in a name are meant as they are", () => {
  const dots = agent("6", "O. (Olena) [night] a+b\\c");
  expect(ids(mentionedIn(`@${dots.name}!`, [dots], new Set()))).toEqual(["6"]);
  expect(mentionedIn("@Oh (Olena) [night] a+b\\c", [dots], new Set())).toEqual([]);
});
