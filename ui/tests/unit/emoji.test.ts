// Emoji are found by words, in the tone that was chosen, as Unicode writes them.
import { beforeEach, expect, test } from "vitest";
import data from "emojibase-data/en/compact.json";
import ukrainian from "emojibase-data/uk/compact.json";
import { findEmoji, recentEmoji, toEmoji, toned, used } from "../../src/workspace/emoji";

const all = toEmoji(data);
const named = (name: string) => all.find((emoji) => emoji.name === name)!;
const found = (words: string) => findEmoji(all, words).map(({ text }) => text);
beforeEach(() => localStorage.clear());

test("the set is complete, and holds no parts of emoji", () => {
  expect(all.length).toBeGreaterThan(1_850);
  expect(all.some(({ text }) => /^[\u{1f3fb}-\u{1f3ff}\u{1f1e6}-\u{1f1ff}]$/u.test(text))).toBe(false);
  expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
});

test("words find what begins so, exact names first", () => {
  expect(found("red heart")[0]).toBe("❤️");
  expect(found("thumbs up")[0]).toBe("👍");
  expect(found("truck")).toContain("🚚");
  expect(found("PARC")).toContain("📦");
  expect(found("heart red")).toContain("❤️");
  expect(found("zzz no such thing")).toEqual([]);
});

test("another language is searched beside English", () => {
  const both = toEmoji(data, ukrainian);
  expect(findEmoji(both, "серце").map(({ text }) => text)).toContain("❤️");
  expect(findEmoji(both, "heart").map(({ text }) => text)).toContain("❤️");
});

test("a tone is put on what has one, and on both of two people", () => {
  expect(toned(named("thumbs up"), "🏽")).toBe("👍🏽");
  expect(toned(named("thumbs up"), "")).toBe("👍");
  expect(toned(named("red heart"), "🏽")).toBe("❤️");
  const couple = toned(named("women holding hands"), "🏿");
  expect(couple.match(/[\u{1f3fb}-\u{1f3ff}]/gu)!.every((tone) => tone === "🏿")).toBe(true);
});

test("what was used last comes first, once, and not for ever", () => {
  for (let i = 0; i < 40; i++) used(all[i]!.text);
  used(all[39]!.text);
  used(all[30]!.text);
  expect(recentEmoji().slice(0, 2)).toEqual([all[30]!.text, all[39]!.text]);
  expect(recentEmoji()).toHaveLength(24);
});
