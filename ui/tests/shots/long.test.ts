// Long lists and threads: only what is near the view is in the page, and what is being read does not move.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { message } from "../fixtures/messages";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened } from "./browser";

let browser: Browser;
let mock: Mock;
let opened: Opened | null = null;
beforeAll(async () => (browser = await launch()));
afterAll(() => browser.close());
beforeEach(async () => (mock = await Mock.start()));
afterEach(async () => {
  expect(opened?.problems ?? []).toEqual([]);
  await opened?.close();
  await mock.stop();
});

const ROWS = 2_000;
const MESSAGES = 10_000;
/** More of them are in no page at once: a view of 900 px with what is drawn beyond it. */
const MOST_ROWS = 60;

async function at(path: string, size: "wide" | "phone" = "wide"): Promise<Page> {
  opened = await open(browser, mock.url + path, size);
  opened.page.setDefaultTimeout(40_000);
  return opened.page;
}
async function until(what: string, check: () => boolean | Promise<boolean>) {
  for (let i = 0; i < 600; i++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`never happened: ${what}`);
}
function manyWait(): void {
  const first = mock.conversations.get("c-w1")!;
  for (let i = 0; i < ROWS; i++) {
    mock.messages.set(`q${i}`, []);
    mock.conversations.set(`q${i}`, {
      ...first,
      id: `q${i}`,
      contact: { ...first.contact, id: `k-q${i}`, name: `Waiting ${i}` },
      queued_at: new Date(Date.now() - (ROWS - i + 600) * 1_000).toISOString(),
      last_activity_at: new Date(Date.now() - (i + 10) * 1_000).toISOString(),
    });
  }
}
/** Of many heights: one word, several lines, pictures, notes, events. */
function muchIsSaid(): void {
  const before = (i: number) => new Date(Date.now() - (MESSAGES - i) * 40_000).toISOString();
  mock.messages.set(
    "c-marko",
    Array.from({ length: MESSAGES }, (_, i) => {
      const common = { id: `long-${i}`, created_at: before(i) };
      if (i % 97 === 0) return message({ ...common, kind: "note", direction: "internal", text: `Note ${i}` });
      const lines = i % 11 === 0 ? "\nand a second line\nand a third\nand a fourth" : "";
      const text = `Message ${i}${i % 7 === 0 ? " with words that need more than one line ".repeat(6) : ""}${lines}`;
      return i % 3 === 0
        ? message({
            ...common,
            direction: "out",
            sender: { kind: "agent", id: "u1", name: "Maria Koval" },
            text,
          })
        : message({ ...common, text });
    }),
  );
}
const log = (page: Page) => page.getByRole("log");
const drawn = (box: Locator) => box.locator("li[data-key]").count();
/** The topmost bubble in view, and where it stands. */
const reading = (page: Page) =>
  log(page).evaluate((box) => {
    const top = box.getBoundingClientRect().top;
    const first = [...box.querySelectorAll<HTMLElement>("[data-message]")].find(
      (node) => node.getBoundingClientRect().top >= top,
    )!;
    return { id: first.dataset.message!, y: Math.round(first.getBoundingClientRect().top - top) };
  });
const placeOf = (page: Page, id: string) =>
  log(page).evaluate(
    (box, wanted) =>
      Math.round(
        box.querySelector(`[data-message="${wanted}"]`)!.getBoundingClientRect().top -
          box.getBoundingClientRect().top,
      ),
    id,
  );
const frames = (page: Page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

test("a list of 2,000 is scrolled to its end, with only what is in view in the page", async () => {
  manyWait();
  const page = await at("/workspace");
  await page.getByRole("heading", { name: /^Waiting 200\d/ }).waitFor();
  const box = page.locator(".lists .scroll");
  let most = 0;
  await until("the last row", async () => {
    await box.evaluate((node) => (node.scrollTop = node.scrollHeight));
    await frames(page);
    most = Math.max(most, await drawn(box));
    return (await page.getByRole("link", { name: `Waiting ${ROWS - 1} ` }).count()) > 0;
  });
  expect(most).toBeLessThan(MOST_ROWS);
  const row = page.getByRole("listitem").filter({ hasText: `Waiting ${ROWS - 1}` });
  const [place, of] = [await row.getAttribute("aria-posinset"), await row.getAttribute("aria-setsize")];
  expect(Number(of)).toBeGreaterThanOrEqual(ROWS);
  expect(Number(place)).toBeGreaterThan(ROWS - 5);
  expect(await axe(page)).toEqual([]);

  // The middle stays where it is when rows come above it.
  await box.evaluate((node) => (node.scrollTop = 60_000));
  await frames(page);
  const top = () =>
    box.evaluate((node) => {
      const edge = node.getBoundingClientRect().top + 40;
      const rows = [...node.querySelectorAll<HTMLElement>("[data-row]")];
      const first = rows.find((one) => one.getBoundingClientRect().top >= edge)!;
      return `${first.getAttribute("href")} ${Math.round(first.getBoundingClientRect().top)}`;
    });
  const before = await top();
  const first = mock.conversations.get("q0")!;
  for (let i = 0; i < 5; i++) {
    const id = `n${i}`;
    const older = { ...first, id, priority: 9, contact: { ...first.contact, name: `Newcomer ${i}` } };
    mock.conversations.set(id, older);
    mock.emit("conversation", { conversation_id: id, conversation: older });
  }
  mock.change("q3", { state: "closed" });
  await page.waitForTimeout(300);
  expect(await top()).toBe(before);
  await shot(page, "long-list");
});

test("the arrows go on through rows that were not in the page, and a row keeps the focus out of view", async () => {
  manyWait();
  const page = await at("/workspace/q4");
  await page.getByRole("heading", { name: /^Waiting 200\d/ }).waitFor();
  const rows = page.getByRole("region", { name: "Waiting" }).locator("[data-row]");
  await rows.first().focus();
  for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowDown");
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("href"));
  const here = await focused();
  expect(here).toMatch(/\/q\d+$/);
  await page.locator(".lists .scroll").evaluate((node) => (node.scrollTop = 0));
  await frames(page);
  expect(await focused()).toBe(here);
  await page.keyboard.press("ArrowDown");
  expect(await focused()).not.toBe(here);
  await frames(page);
  expect(
    await page.evaluate(() => {
      const at = document.activeElement!.getBoundingClientRect();
      return at.top >= 0 && at.bottom <= innerHeight;
    }),
  ).toBe(true);
});

test("the next conversation by keyboard comes into view in its list", async () => {
  manyWait();
  const page = await at("/workspace/q200");
  await page.getByRole("log").waitFor();
  for (let i = 0; i < 30; i++) await page.keyboard.press("Alt+ArrowDown");
  await until("the row in view", () =>
    page.evaluate(() => {
      const at = document.querySelector(".lists [aria-current]")?.getBoundingClientRect();
      return at !== undefined && at.top >= 0 && at.bottom <= innerHeight;
    }),
  );
});

for (const size of ["wide", "phone"] as const)
  test(`a thread of 10,000 opens at its end and is read back to its beginning without a jump (${size})`, async () => {
    muchIsSaid();
    const page = await at("/workspace/c-marko", size);
    await log(page)
      .getByText(/^Message 9999/)
      .waitFor();
    const fromEnd = () => log(page).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
    expect(await fromEnd()).toBeLessThan(2);

    // Page after page on the way up: what is read stays while older ones are put above it.
    let most = 0;
    for (let i = 0; i < 12; i++) {
      await log(page).evaluate((box) => (box.scrollTop -= 900));
      const { id, y } = await reading(page);
      await frames(page);
      await page.waitForTimeout(60);
      expect(Math.abs((await placeOf(page, id)) - y), `${id} at step ${i}`).toBeLessThanOrEqual(1);
      most = Math.max(most, await drawn(log(page)));
    }
    // At the very beginning all ten thousand are loaded.
    await page.goto(`${mock.url}/workspace/c-marko?at=long-1`);
    await log(page).getByText("Message 1", { exact: true }).waitFor();
    await log(page).evaluate((box) => (box.scrollTop = 0));
    await log(page).getByText("Start of the conversation").waitFor();
    most = Math.max(most, await drawn(log(page)));
    expect(most).toBeLessThan(MOST_ROWS);
    expect(await log(page).locator("*").count()).toBeLessThan(2_500);

    // A new message neither moves it nor comes in unseen.
    const { id, y } = await reading(page);
    mock.customerSays("c-marko", "Still there?");
    await page.getByRole("button", { name: "1 new" }).waitFor();
    expect(Math.abs((await placeOf(page, id)) - y)).toBeLessThanOrEqual(1);
    await page.getByRole("button", { name: "1 new" }).click();
    await log(page).getByText("Still there?").waitFor();
    expect(await fromEnd()).toBeLessThan(2);
    await shot(page, `long-thread-${size}`);
    if (size === "wide") expect(await axe(page)).toEqual([]);
  });

test("a thread opens at the first unread and stays there while what follows is measured", async () => {
  muchIsSaid();
  mock.change("c-marko", { unread: 30 });
  const page = await at("/workspace/c-marko");
  const line = log(page).getByText("New", { exact: true }).or(log(page).locator(".unread-line"));
  await line.first().waitFor();
  await page.waitForTimeout(300);
  const place = await log(page).evaluate((box) => {
    const at = box.querySelector(".unread-line")!.getBoundingClientRect();
    return at.top - box.getBoundingClientRect().top;
  });
  expect(place).toBeGreaterThan(20);
  expect(place).toBeLessThan(80);
  await shot(page, "long-unread");
});

test("a message that a search found far back is shown, in the middle of the view", async () => {
  muchIsSaid();
  const page = await at("/history/c-marko?at=long-100");
  const found = log(page).locator('[data-message="long-100"]');
  await found.waitFor();
  await page.waitForTimeout(300);
  const middle = await found.boundingBox();
  const box = await log(page).boundingBox();
  expect(Math.abs(middle!.y + middle!.height / 2 - (box!.y + box!.height / 2))).toBeLessThan(90);
  expect(await drawn(log(page))).toBeLessThan(MOST_ROWS);
  await shot(page, "long-found");
});

test("the history of 2,000 conversations", async () => {
  manyWait();
  const page = await at("/history");
  const box = page.getByRole("group", { name: "Conversations" });
  let most = 0;
  await until("the last row", async () => {
    await box.evaluate((node) => (node.scrollTop = node.scrollHeight));
    await frames(page);
    most = Math.max(most, await drawn(box));
    return (await box.getByRole("link", { name: `Waiting ${ROWS - 1} ` }).count()) > 0;
  });
  expect(most).toBeLessThan(MOST_ROWS);
});
