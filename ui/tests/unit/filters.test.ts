// What the lists show when they are narrowed, and the count in the tab's picture.
import { expect, test } from "vitest";
import { withCount } from "../../src/presence/favicon";
import { choices, Filters } from "../../src/workspace/filters.svelte";
import { conversations } from "../fixtures/conversations";

test("each filter narrows, together they narrow more, and clearing shows all again", () => {
  const filters = new Filters();
  const shown = () => conversations.filter((c) => filters.fits(c)).map(({ id }) => id);
  expect(filters.active).toBe(false);
  expect(shown()).toHaveLength(conversations.length);
  filters.unread = true;
  const unread = shown();
  expect(unread).toEqual(conversations.filter((c) => c.unread > 0).map(({ id }) => id));
  expect(unread.length).toBeGreaterThan(0);
  filters.channel = conversations.find(({ channel, unread }) => channel !== "whatsapp" && unread)!.channel;
  expect(shown().length).toBeGreaterThan(0);
  filters.queue = "no such queue";
  expect(shown()).toEqual([]);
  filters.clear();
  expect(filters.active).toBe(false);
  expect(shown()).toHaveLength(conversations.length);
  filters.label = "no such label";
  expect(shown()).toEqual([]);
});

test("choices are named once and in order", () => {
  const b = { id: "2", name: "Bravo" };
  expect(choices([b, null, { id: "1", name: "Alpha" }, b, undefined])).toEqual([
    { value: "1", label: "Alpha" },
    { value: "2", label: "Bravo" },
  ]);
});

test("the tab's picture carries the count, and nothing when nothing waits", () => {
  const picture = "<svg><path/></svg>";
  expect(withCount(picture, 0, () => "")).toBe(picture);
  expect(withCount(picture, 7, (name) => name)).toContain(">7</text></svg>");
  expect(withCount(picture, 240, (name) => name)).toContain(">99</text></svg>");
  expect(withCount(picture, 7, (name) => name)).toContain('fill="--alarm"');
});
