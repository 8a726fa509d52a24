// Tables and heads on a phone: what stands beside what, and which words are whole.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { Mock } from "../mock";
import { launch, open, shot, type Opened } from "./browser";

let browser: Browser;
let mock: Mock;
let opened: Opened | null = null;
beforeAll(async () => (browser = await launch()));
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await Mock.start();
  mock.conversations.delete("c-offer");
});
afterEach(async () => {
  await opened?.close();
  await mock.stop();
});
async function at(path: string): Promise<Page> {
  opened = await open(browser, mock.url + path, "phone");
  return opened.page;
}
const box = async (locator: Locator) => (await locator.boundingBox())!;

test("a row of the history: picture, name with the words below, time", async () => {
  const page = await at("/history");
  const row = page.locator("a[data-row]").first();
  await row.waitFor();
  await shot(page, "phone-history");
  const picture = await box(row.locator(":scope > *").first());
  const name = await box(row.locator(".name"));
  const words = await box(row.locator(".last"));
  const time = await box(row.locator("time"));
  expect(picture.x + picture.width).toBeLessThan(name.x);
  expect(Math.abs(words.x - name.x)).toBeLessThan(2);
  expect(words.y).toBeGreaterThan(name.y);
  expect(time.x).toBeGreaterThan(words.x + words.width - 1);
  expect(time.height).toBeLessThan(26);
});

test("the tables of Live break their heads between words, and fit", async () => {
  const page = await at("/live");
  const table = page.getByRole("table", { name: "Queues" });
  await table.waitFor();
  const head = table.getByRole("columnheader").nth(2).getByRole("button");
  // As long as it is in other languages.
  await head.evaluate((it) => (it.firstChild!.textContent = "Найдовше очікування зараз"));
  expect((await box(head)).height).toBeGreaterThan(30);
  await shot(page, "phone-live");
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  const room = await box(page.getByRole("main"));
  const edge = await box(table);
  expect(edge.x + edge.width).toBeLessThanOrEqual(room.x + room.width);
  // The width that the longest word of the name needs.
  const cut = await table
    .locator("td:first-child")
    .evaluateAll((cells) => cells.filter((it) => it.scrollWidth > it.clientWidth).length);
  expect(cut).toBe(0);
});

test("a conversation that could be taken over still shows whose it is", async () => {
  const olena = mock.conversation("c-olena")!;
  mock.conversations.set("c-olena", { ...olena, agent: { id: "u2", name: "Taras Melnyk" } });
  const page = await at("/workspace/c-olena");
  await page.getByRole("button", { name: "Take over" }).waitFor();
  await shot(page, "phone-take-over");
  expect((await box(page.getByRole("heading", { name: olena.contact.name }).first())).width).toBeGreaterThan(
    90,
  );
});
