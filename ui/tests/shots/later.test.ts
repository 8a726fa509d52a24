// What is put off, and who helps: snooze, send later, invite, played in Chromium against the mock server.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened } from "./browser";

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

async function at(path: string, size: "wide" | "phone" = "wide"): Promise<Page> {
  opened = await open(browser, mock.url + path, size);
  return opened.page;
}
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("a conversation is snoozed by its menu or the keyboard, stands in a list of its own, and is brought back", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await page.keyboard.press("Alt+s");
  const menu = page.getByRole("dialog", { name: "Snooze" });
  await menu.getByRole("button", { name: /^Tomorrow morning/ }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "snooze-menu");
  const own = menu.getByLabel("Other time");
  await own.fill("2001-01-01T09:00");
  await menu.getByRole("button", { name: "Snooze", exact: true }).click();
  await menu.getByText("This time has passed").waitFor();
  await menu.getByRole("button", { name: /^Tomorrow morning/ }).click();
  await page
    .getByText(/^Snoozed until/)
    .first()
    .waitFor();
  expect(mock.conversations.get("c-olena")?.state).toBe("snoozed");
  const list = page.getByRole("region", { name: /^Snoozed/ });
  await list.getByRole("link").first().click();
  await page.getByText(/or until the customer writes/).waitFor();
  await shot(page, "snoozed");
  await button(page, "Bring back").click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  expect(mock.conversations.get("c-olena")?.state).toBe("active");
});

test("a reply leaves later; its time is changed, and it is cancelled", async () => {
  const page = await at("/workspace/c-olena");
  const words = page.getByRole("textbox", { name: "Message" });
  await words.fill("Your parcel is at the door");
  await button(page, "Send later").click();
  const menu = page.getByRole("dialog", { name: "Send later" });
  await menu.getByRole("button", { name: /^Tomorrow morning/ }).click();
  const line = page.getByText(/^Leaves /);
  await line.waitFor();
  expect(await words.inputValue()).toBe("");
  const before = await line.textContent();
  await button(page, "Change time").click();
  await menu.getByRole("button", { name: /^Next week/ }).click();
  await page.waitForFunction((old) => !document.body.innerText.includes(old ?? "\n"), before);
  expect(await axe(page)).toEqual([]);
  await shot(page, "send-later");
  await button(page, "Cancel").click();
  await page.getByText("Withdrawn").or(page.getByText("Cancelled")).first().waitFor();
});

test("a colleague is asked to help and taken back, on a phone too", async () => {
  const page = await at("/workspace/c-olena", "phone");
  await button(page, "Transfer").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Keep the conversation and only ask for help").check();
  await dialog.getByRole("combobox").click();
  await page.getByRole("option").first().click();
  expect(await axe(page)).toEqual([]);
  await shot(page, "invite-phone");
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByText("invited: Ben").waitFor();
  await button(page, "Transfer").click();
  await dialog.getByLabel("Keep the conversation and only ask for help").check();
  await dialog.getByRole("button", { name: "Remove Ben" }).click();
  await page.getByText("invited: Ben").waitFor({ state: "hidden" });
});
