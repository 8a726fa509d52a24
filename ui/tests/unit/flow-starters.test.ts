// What is shown of a starter before it becomes a flow: the server's own, in both languages.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { opening, stepsOf, type Starter } from "../../src/admin/flows/starters";

const read = (language: string) =>
  JSON.parse(readFileSync(`../crates/engine/src/flows/starters/${language}.json`, "utf8")) as Starter[];

it("shows what the customer reads until the bot waits for an answer", () => {
  const menu = read("en").find(({ id }) => id === "faq-menu")!;
  expect(opening(menu.body)).toEqual({
    texts: [
      "Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %}! 👋",
      "What would you like to know?",
    ],
    choices: ["Delivery", "Payment", "Returns", "Talk to an agent"],
  });
});
it.each(["en", "uk"])("has something to show of every starter: %s", (language) => {
  for (const { id, body } of read(language)) {
    expect(opening(body).texts.length, id).toBeGreaterThan(0);
    expect(stepsOf(body), id).toHaveLength(Object.keys(body.nodes).length);
  }
});
