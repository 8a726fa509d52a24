// What can be done with a message stands next to it; on a touch screen it is shown for the message that was tapped.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened } from "./browser";

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

const QUOTING = "And does it come in blue? 💙";

test("with a mouse the buttons are beside the words, however long the quote above is", async () => {
  const [first] = mock.messages.get("c-olena")!.filter((one) => (one.text?.length ?? 0) > 60);
  mock.messages.get("c-olena")!.find((one) => one.text === QUOTING)!.reply_to = first!.id;
  opened = await open(browser, `${mock.url}/workspace/c-olena`);
  const { page } = opened;
  const message = page.locator("[data-message]", { hasText: QUOTING }).last();
  await message.locator(".bubble").hover();
  const gap = await message.evaluate((box) => {
    const right = box.querySelector(".bubble")!.getBoundingClientRect().right;
    return box.querySelector(".tools")!.getBoundingClientRect().left - right;
  });
  expect(gap).toBeGreaterThanOrEqual(0);
  expect(gap).toBeLessThanOrEqual(8);
  await shot(page, "bubble-hover");
});

for (const theme of ["light", "dark"] as const) {
  test(`a finger shows the buttons of one message, ${theme}`, async () => {
    opened = await open(browser, `${mock.url}/workspace/c-olena`, "phone", theme);
    const { page } = opened;
    await page.locator(".message .tools").last().waitFor({ state: "attached" });
    const shown = () =>
      page
        .locator(".message .tools")
        .evaluateAll((all) => all.filter((one) => Number(getComputedStyle(one).opacity) > 0).length);
    const inside = async () => {
      const box = (await page.locator(".tools.tapped").boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(390);
    };
    expect(await shown()).toBe(0);
    await page.getByRole("log").getByText(QUOTING).tap();
    await expect.poll(shown).toBe(1);
    await inside();
    await shot(page, `bubble-tapped-${theme}`);
    expect(await axe(page)).toEqual([]);
    await page.getByRole("log").getByText("Thank you, that was quick").tap();
    await expect.poll(shown).toBe(1);
    await page.getByRole("log").getByText("It left our warehouse").tap();
    await expect.poll(shown).toBe(1);
    // Beside a wide message there is no room: they stand over its end, inside of the page.
    await inside();
    await shot(page, `bubble-tapped-wide-${theme}`);
    await page.getByRole("log").getByText("Thank you, that was quick").tap();
    await expect.poll(shown).toBe(1);
    const tapped = page.locator("[data-message]", { has: page.locator(".tools.tapped") });
    await tapped.getByRole("button", { name: "Reply" }).tap();
    await page.getByText("Reply to: Thank you").waitFor();
  });
}
