// Where dialogs begin: in the field that one came for, also when it has to be loaded first.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { launch, open, type Opened } from "./browser";

let browser: Browser;
let mock: Mock;
let opened: Opened | null = null;
beforeAll(async () => (browser = await launch()));
afterAll(() => browser.close());
beforeEach(async () => (mock = await Mock.start()));
afterEach(async () => {
  await opened?.close();
  await mock.stop();
});

async function at(path: string): Promise<Page> {
  opened = await open(browser, mock.url + path);
  return opened.page;
}
const hasFocus = (page: Page, label: string) =>
  page.getByRole("dialog").getByLabel(label).and(page.locator(":focus")).waitFor();

test("a transfer by keyboard: its key, a name, Enter, and the button", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await page.keyboard.press("Alt+t");
  await hasFocus(page, "To");
  await page.keyboard.type("taras");
  await page.getByRole("option", { name: /Taras Melnyk/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Transfer" }).click();
  await expect
    .poll(() => mock.requests.find((r) => r.path === "/conversations/c-olena/transfer")?.body)
    .toMatchObject({ agent_id: "u2" });
});

// The last one, so that none is opened next.
for (const last of [false, true])
  test(`a close${last ? " of the last one" : ""} begins at its reason, although the reasons are loaded first, and is done by Enter`, async () => {
    if (last)
      for (const c of [...mock.conversations.values()])
        if (c.id !== "c-olena") mock.conversations.delete(c.id);
    const page = await at("/workspace/c-olena");
    await page.getByRole("textbox", { name: "Message" }).waitFor();
    await page.keyboard.press("Alt+c");
    await hasFocus(page, "Reason");
    await page.keyboard.type("Sol");
    await page.keyboard.press("Enter");
    await expect
      .poll(() => mock.requests.find((r) => r.path === "/conversations/c-olena/close")?.body)
      .toEqual({ reason: "cr1" });
    await page.waitForURL((url) => !url.pathname.endsWith("/c-olena"));
    await page.getByText("Undo").waitFor();
  });

test("what is only read or ticked does not take the focus from what is written, and late fields get it", async () => {
  const page = await at("/admin/campaigns");
  await page.getByRole("button", { name: "New campaign" }).first().click();
  await hasFocus(page, "Name");
});

test("an answer that comes when its panel has gone is dropped, without a warning in the console", async () => {
  const page = await at("/workspace");
  let release = () => {};
  const released = new Promise<void>((done) => (release = done));
  let asked = 0;
  await page.route("**/api/v1/contacts/**", async (route) => {
    asked++;
    await released;
    await route.continue();
  });
  await page.getByRole("link", { name: /Marko Bondar/ }).click();
  await page.getByRole("complementary", { name: "Customer" }).waitFor();
  await expect.poll(() => asked).toBeGreaterThan(1);
  const closed = page.getByRole("button", { name: "Close the customer panel" });
  await closed.click();
  await closed.waitFor({ state: "hidden" });
  await page.getByRole("link", { name: /Olena Kovalenko/ }).click();
  await page.waitForURL(/c-olena/);
  const answered = page.waitForResponse(/\/contacts\/[^/]+\/conversations/);
  release();
  await answered;
  await page.waitForTimeout(300); // what the answer does comes after it
});

test("dates are shown and typed in the manner of the page, and picked by keyboard", async () => {
  const page = await at("/history?from=2026-11-29");
  const from = page.getByLabel("From", { exact: true });
  await from.and(page.locator("[value]")).or(from).waitFor();
  expect(await from.inputValue()).toBe("29/11/2026");
  const search = page.getByRole("searchbox", { name: "Search" });
  const top = async (of: typeof from) =>
    (await of.locator("xpath=ancestor::*[contains(@class,'frame')]").boundingBox())!;
  const [date, words] = [await top(from), await top(search)];
  expect([date.y, date.height]).toEqual([words.y, words.height]);
  await from.fill("3/12/26");
  await from.press("Enter");
  await expect.poll(() => page.url()).toContain("from=2026-12-03");
  expect(await from.inputValue()).toBe("03/12/2026");
  await from.press("Alt+ArrowDown");
  const calendar = page.getByRole("dialog", { name: /^From/ });
  await calendar.getByText("December 2026").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("PageUp");
  await calendar.getByText("November 2026").waitFor();
  await page.keyboard.press("Enter");
  await calendar.waitFor({ state: "hidden" });
  await expect.poll(() => page.url()).toContain("from=2026-11-10");
  expect(await from.evaluate((field) => field === document.activeElement)).toBe(true);
  await from.fill("31/2/2026");
  await from.press("Tab");
  await page.getByText("This is not a date.").waitFor();
  await expect.poll(() => page.url()).not.toContain("from=");
});
