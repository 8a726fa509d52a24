import { afterAll, beforeAll, test } from "vitest";
import type { Browser } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot } from "./browser";
let browser: Browser;
let mock: Mock;
beforeAll(async () => {
  [browser, mock] = await Promise.all([launch(), Mock.start()]);
});
afterAll(async () => {
  await browser.close();
  await mock.stop();
});
test("look", async () => {
  for (const [size, theme] of [
    ["wide", "light"],
    ["wide", "dark"],
    ["phone", "light"],
  ] as const) {
    const { page, problems, close } = await open(browser, `${mock.url}/admin/flows/f1`, size, theme);
    const log = (x: unknown) => console.log(size, theme, x);
    try {
      await page.waitForSelector(".svelte-flow__node", { timeout: 15000 });
      await page.waitForTimeout(500);
      await shot(page, `tmp-flow-${size}-${theme}-1`);
      log(await axe(page));
      if (size === "wide") {
        await page.locator(".svelte-flow__node[data-id=menu]").click();
        await page.keyboard.press("Enter");
        await page.waitForTimeout(300);
        await shot(page, `tmp-flow-${size}-${theme}-2`);
        log(await axe(page));
        await page.getByRole("button", { name: "Close" }).first().click();
        await page.getByRole("button", { name: "Try it" }).click();
        await page.waitForTimeout(800);
        await shot(page, `tmp-flow-${size}-${theme}-3`);
        await page.getByRole("tab", { name: "List" }).click();
        await page.waitForTimeout(300);
        await shot(page, `tmp-flow-${size}-${theme}-4`);
        log(await axe(page));
      } else {
        await page.locator(".svelte-flow__node[data-id=menu]").dblclick({ force: true });
        await page.waitForTimeout(300);
        await shot(page, `tmp-flow-${size}-${theme}-2`);
      }
    } catch (error) {
      log(String(error));
      await shot(page, `tmp-flow-${size}-${theme}-failed`);
    }
    log(problems);
    await close();
  }
});
