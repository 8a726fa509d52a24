import { afterAll, beforeAll, test } from "vitest";
import type { Browser } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot } from "./browser";
let browser: Browser;
let mock: Mock;
beforeAll(async () => {
  [browser, mock] = await Promise.all([launch(), Mock.start()]);
  mock.conversations.delete("c-offer");
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
    page.setDefaultTimeout(8000);
    const log = (x: unknown) => console.log(size, theme, JSON.stringify(x));
    const n = (k: string) => `tmp-flow-${size}-${theme}-${k}`;
    try {
      await page.waitForSelector(".svelte-flow__node", { timeout: 15000 });
      await page.waitForTimeout(500);
      await shot(page, n("1"));
      log(await axe(page));
      if (size === "wide") {
        await page.locator(".svelte-flow__node[data-id=menu]").click();
        await page.keyboard.press("Enter");
        await page.waitForTimeout(300);
        log(await axe(page));
        await page.locator("aside.side .fields").evaluate((it) => (it.scrollTop = 99999));
        await shot(page, n("2"));
        await page.getByRole("button", { name: "Close", exact: true }).click();
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("KeyC");
        await page.waitForTimeout(200);
        await shot(page, n("3"));
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Try it" }).click();
        await page.getByRole("button", { name: "Opening hours", exact: true }).last().click();
        await page.waitForTimeout(800);
        await shot(page, n("4"));
        log(await axe(page));
        await page.getByRole("button", { name: "Save as a test" }).click();
        await page.getByRole("textbox", { name: "Name" }).fill("Hours");
        await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
        await page.getByRole("tab", { name: "Scene" }).click();
        await page.waitForTimeout(300);
        await shot(page, n("5"));
        log(await axe(page));
        await page.getByRole("tab", { name: "Tests" }).click();
        await page.getByRole("button", { name: "Run all" }).click();
        await page.waitForTimeout(300);
        await shot(page, n("6"));
        await page.getByRole("tab", { name: "List" }).click();
        await page.waitForTimeout(300);
        await shot(page, n("7"));
        log(await axe(page));
        await page.getByRole("tab", { name: "Versions" }).click();
        await page.waitForTimeout(300);
        await shot(page, n("8"));
        await page.getByRole("button", { name: "Compare versions" }).click();
        await page.waitForSelector(".svelte-flow__node");
        await page.waitForTimeout(600);
        await shot(page, n("9"));
        log(await axe(page));
        await page.getByRole("tab", { name: "Text" }).click();
        await page.waitForTimeout(200);
        await shot(page, n("9b"));
        log(await axe(page));
      } else {
        await page.locator(".svelte-flow__node[data-id=greet]").dblclick({ force: true });
        await page.waitForTimeout(300);
        await shot(page, n("2"));
        await page.getByRole("button", { name: "Close", exact: true }).click();
        await page.getByRole("button", { name: "Add a step" }).click();
        await page.waitForTimeout(300);
        await shot(page, n("3"));
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Try it" }).click();
        await page.waitForTimeout(800);
        await shot(page, n("4"));
        log(await axe(page));
        await page.getByRole("button", { name: "Close", exact: true }).click();
        await page.getByRole("tab", { name: "List" }).click();
        await page.waitForTimeout(300);
        await shot(page, n("5"));
      }
    } catch (error) {
      log(String(error));
      await shot(page, n("failed"));
    }
    log(problems);
    await close();
  }
});
