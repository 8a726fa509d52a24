// Message templates: the list in Admin, the picker in the Workspace, and a conversation that begins with one.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened, type Size, type Theme } from "./browser";

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

const LOOKS: [Theme, Size][] = [
  ["light", "wide"],
  ["dark", "wide"],
  ["light", "phone"],
  ["dark", "phone"],
];

/** A picture without findings, on a page that is not too wide. */
async function look(page: Page, name: string) {
  await page.waitForTimeout(250);
  await shot(page, name);
  expect(await axe(page), name).toEqual([]);
  const over = await page.evaluate(() =>
    Math.max(
      document.documentElement.scrollWidth - innerWidth,
      ...[...document.querySelectorAll("main, .scroll, dialog")].map(
        (box) => box.scrollWidth - box.clientWidth,
      ),
    ),
  );
  expect(over, name).toBeLessThanOrEqual(0);
}
const sent = () => mock.requests.filter((one) => one.method === "POST" && one.path.endsWith("/messages"));

for (const [theme, size] of LOOKS) {
  test(`the list of a number's templates, ${theme}, ${size}`, async () => {
    opened = await open(browser, `${mock.url}/admin/gateways/g1/whatsapp`, size, theme);
    const { page, problems } = opened;
    await page.getByRole("heading", { name: "Message templates" }).scrollIntoViewIfNeeded();
    await page.getByRole("button", { name: "spring_collection" }).scrollIntoViewIfNeeded();
    await look(page, `templates-list-${theme}-${size}`);
    await page.getByRole("combobox", { name: "State" }).selectOption("PAUSED");
    expect(await page.getByRole("button", { name: "spring_collection" }).count()).toBe(0);
    await page.getByRole("combobox", { name: "State" }).selectOption("");
    await page.getByRole("searchbox", { name: "Search templates" }).fill("spring");
    await page.getByRole("button", { name: "spring_collection" }).click();
    const dialog = page.getByRole("dialog", { name: "spring_collection" });
    await dialog.getByText("marketing rate").waitFor();
    await dialog.getByLabel("Variable first_name").fill("Olena");
    await dialog.getByText("Olena, our new collection").waitFor();
    await look(page, `template-preview-${theme}-${size}`);
    expect(problems).toEqual([]);
  });

  test(`a template after the window has closed, ${theme}, ${size}`, async () => {
    opened = await open(browser, `${mock.url}/workspace/c-whatsapp`, size, theme);
    const { page, problems } = opened;
    await page.getByText("only a template can be sent").waitFor();
    await page.getByText("Café Mariia").waitFor();
    await look(page, `template-closed-${theme}-${size}`);
    await page.getByRole("button", { name: "Send a template" }).click();
    const dialog = page.getByRole("dialog", { name: "Send a template" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    const opener = page.getByRole("button", { name: "Send a template" });
    await expect.poll(() => opener.evaluate((button) => button === document.activeElement)).toBe(true);
    await opener.click();
    await dialog.getByRole("option", { name: /spring_collection/ }).waitFor();
    await look(page, `template-picker-${theme}-${size}`);
    // By the keyboard alone.
    await page.keyboard.type("order_up");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await dialog.getByLabel("Variable 1", { exact: true }).waitFor();
    const button = dialog.getByRole("button", { name: "Send template" });
    expect(await button.isDisabled()).toBe(true);
    await page.keyboard.type("20714");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Iryna");
    await look(page, `template-form-${theme}-${size}`);
    await page.keyboard.press("Tab");
    await page.keyboard.type("Friday");
    await dialog.getByLabel(/End of the link/).fill("20714");
    await dialog.getByText("It will be with you on Friday.").waitFor();
    await button.click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("log").getByText("Template order_update · Utility").waitFor();
    await look(page, `template-sent-${theme}-${size}`);
    expect(sent().map((one) => (one.body as { template: unknown }).template)).toEqual([
      {
        name: "order_update",
        language: "en_US",
        variables: { "header.1": "20714", "1": "Iryna", "2": "Friday", "button.1": "20714" },
      },
    ]);
    expect(problems).toEqual([]);
  });

  test(`a conversation that begins with a template, ${theme}, ${size}`, async () => {
    opened = await open(browser, `${mock.url}/workspace`, size, theme);
    const { page, problems } = opened;
    await page.getByRole("button", { name: "Commands" }).click();
    await page.getByRole("option", { name: "New conversation" }).click();
    const dialog = page.getByRole("dialog", { name: "New conversation" });
    await dialog.getByRole("option", { name: /we_are_here/ }).waitFor();
    await look(page, `begin-${theme}-${size}`);
    await dialog.getByLabel("To").fill("067 123 45 67");
    await dialog.getByRole("option", { name: /we_are_here/ }).click();
    await dialog.getByRole("button", { name: "Start conversation" }).click();
    await dialog.getByText("Write the phone number with its country").waitFor();
    await look(page, `begin-wrong-${theme}-${size}`);
    await dialog.getByLabel("To").fill("+380 67 123 45 67");
    await dialog.getByRole("button", { name: "Start conversation" }).click();
    await page.waitForURL("**/workspace/c-begun");
    expect(problems).toEqual([]);
  });
}

test("who wants no marketing is not sent any, and the agent reads why", async () => {
  opened = await open(browser, `${mock.url}/workspace/c-optedout`);
  const { page, problems } = opened;
  await page.getByText(/^Opted out/).waitFor();
  await page.getByRole("button", { name: "Send a template" }).click();
  const dialog = page.getByRole("dialog", { name: "Send a template" });
  await dialog.getByText("opted out of marketing messages").waitFor();
  const option = dialog.getByRole("option", { name: /spring_collection/ });
  expect(await option.getAttribute("aria-disabled")).toBe("true");
  await option.click({ force: true });
  expect(await dialog.getByRole("listbox").count()).toBe(1);
  await look(page, "template-opted-out");
  expect(problems).toEqual([]);
});

test("what the server refuses is said in the dialog, which keeps what was filled in", async () => {
  opened = await open(browser, `${mock.url}/workspace/c-whatsapp`);
  const { page } = opened;
  await page.getByRole("button", { name: "Send a template" }).click();
  const dialog = page.getByRole("dialog", { name: "Send a template" });
  await dialog.getByRole("option", { name: /login_code/ }).click();
  await dialog.getByLabel("Variable 1").fill("x".repeat(1_100));
  await dialog.getByLabel("Code to copy").fill("1234");
  const detail = "The value for 1 has 1100 characters; it has at most 1024.";
  mock.fail.set("/c-whatsapp/messages", {
    status: 422,
    detail: "A field is not valid.",
    errors: [{ pointer: "/template/variables/1", detail }],
  });
  await dialog.getByRole("button", { name: "Send template" }).click();
  await dialog.getByText(detail).waitFor();
  await shot(page, "template-refused");
  mock.fail.set("/c-whatsapp/messages", {
    status: 409,
    detail: "This customer wants no marketing messages.",
  });
  await dialog.getByRole("button", { name: "Send template" }).click();
  await dialog.getByText("This customer wants no marketing messages.").waitFor();
  expect(await dialog.getByLabel("Code to copy").inputValue()).toBe("1234");
});

test("a number without templates says where they come from", async () => {
  mock.admin.templates = [];
  opened = await open(browser, `${mock.url}/admin/gateways/g1/whatsapp`);
  const { page } = opened;
  await page.getByText("No message templates here yet").waitFor();
  mock.fail.set("/templates/sync", { status: 502, detail: "Meta cannot be reached: try again in a minute." });
  await page.getByRole("button", { name: "Sync with Meta" }).click();
  await page.getByText("Meta cannot be reached").waitFor();
  await look(page, "templates-empty");
  // The browser reports the answer too.
  expect(opened.problems.splice(0)).toEqual([expect.stringContaining("502")]);
});
