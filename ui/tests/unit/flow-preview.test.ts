// What a channel shows of a node.
import { expect, it } from "vitest";
import { parts, preview } from "../../src/admin/flows/preview";
import { messenger, whatsapp } from "../fixtures/channels";

it("shows variables by their names", () => {
  expect(parts("Hi {{ contact.name | upper }}, {{x}}!")).toEqual([
    { text: "Hi ", variable: false },
    { text: "contact.name", variable: true },
    { text: ", ", variable: false },
    { text: "x", variable: true },
    { text: "!", variable: false },
  ]);
});
it("leaves out the conditions of a text, which no customer reads", () => {
  expect(parts("Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %}!")).toEqual([
    { text: "Hello ", variable: false },
    { text: "contact.first_name", variable: true },
    { text: "!", variable: false },
  ]);
});
it("cuts titles to the channel's limit and says what has no room", () => {
  const options = Array.from({ length: 14 }, (_, i) => ({
    id: String(i),
    title: `A very long title number ${i}`,
  }));
  const shown = preview({ type: "menu", text: "Which?", options }, messenger)!;
  expect(shown.replies).toHaveLength(13);
  expect(shown.dropped).toBe(1);
  expect([...shown.replies[0]!].length).toBeLessThanOrEqual(20);
  const listing = { ...whatsapp, quick_replies: 3, lists: 10 };
  const few = preview({ type: "menu", text: "Which?", options: options.slice(0, 5) }, listing)!;
  expect([few.list, few.dropped]).toEqual([true, 0]);
  expect(preview({ type: "http", url: "" }, messenger)).toBe(null);
});
