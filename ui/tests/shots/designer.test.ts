// The designer of flows against the mock server: where the focus is, and what a finger can do.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { launch, open, shot } from "./browser";

let browser: Browser;
let mock: Mock;
beforeAll(async () => {
  browser = await launch();
});
beforeEach(async () => {
  mock = await Mock.start();
  mock.conversations.delete("c-offer");
});
afterAll(async () => {
  await browser.close();
});

async function visit(path: string, run: (page: Page) => Promise<void>): Promise<void> {
  const { page, close } = await open(browser, mock.url + path);
  try {
    await run(page);
  } catch (error) {
    await shot(page, "designer-failed");
    throw error;
  }
  await close();
  await mock.stop();
}

/** Until the canvas has drawn what its new size shows. */
const drawn = (page: Page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
  });

test("the focus returns to a step that was just added when its form closes, and stays there", () =>
  visit("/admin/flows/f2", async (page) => {
    const panel = page.getByRole("complementary", { name: "Step", exact: true });
    const palette = page.getByRole("dialog", { name: "Add a step" });
    const node = (id: string) => page.locator(`.svelte-flow__node[data-id="${id}"]`);
    for (const [word, id] of [
      ["hand off", "join_queue"],
      ["send message", "send"],
      ["hand off", "join_queue_2"],
    ] as const) {
      await node("menu").focus();
      await page.keyboard.press("a");
      await palette.getByRole("searchbox").and(page.locator(":focus")).waitFor();
      await page.keyboard.type(word);
      await page.keyboard.press("Enter");
      await panel.locator(":focus").first().waitFor();
      await page.keyboard.press("Escape");
      await panel.waitFor({ state: "detached" });
      await node(id).and(page.locator(":focus")).waitFor();
      await drawn(page);
      expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.id)).toBe(id);
    }
  }));
