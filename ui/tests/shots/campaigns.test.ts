// Campaigns: the list, a new one with its recipients and their consent, pausing and resuming, and the report.
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
async function at(path: string, size: Size = "wide", theme: Theme = "light"): Promise<Page> {
  opened = await open(browser, mock.url + path, size, theme);
  opened.page.setDefaultTimeout(8_000);
  return opened.page;
}
const posted = (path: string) => mock.requests.findLast((r) => r.method === "POST" && r.path === path);

test("a campaign starts once its list is complete and someone states the consent; the server's refusal is said", async () => {
  const page = await at("/admin/campaigns");
  await page.getByRole("row", { name: /before Christmas.*Paused.*428 of 1240/ }).waitFor();
  await page.getByRole("row", { name: /Autumn.*Complete.*3 of 3/ }).waitFor();
  await page.getByRole("button", { name: "New campaign" }).click();
  const dialog = page.getByRole("dialog", { name: "New campaign" });
  const start = dialog.getByRole("button", { name: /^(Send|Start)/ });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Parcels on their way");
  await dialog
    .getByRole("combobox", { name: "Template" })
    .selectOption({ label: "order_update (en_US, utility)" });
  const list = dialog.getByRole("textbox", { name: "Recipients" });
  await list.fill(
    "+49 151 00000001; 77; Ann; Monday; ; 77\n0151; 78; Ben; Tuesday; ; 78\n+49 151 00000003; 79; Eva",
  );
  await dialog.getByText("Line 2: Begin with the number").waitFor();
  await dialog.getByText("Line 3: There is no value for 2.").waitFor();
  await dialog.getByRole("checkbox", { name: "These recipients agreed" }).check();
  expect(await start.isDisabled()).toBe(true);
  await list.fill("+49 151 00000001; 77; Ann; Monday; ; 77\n+49 151 00000002; 78; Ben; Tuesday; ; 78");
  await dialog.getByRole("checkbox", { name: "These recipients agreed" }).uncheck();
  expect(await start.isDisabled()).toBe(true);
  await dialog.getByRole("checkbox", { name: "These recipients agreed" }).check();
  await dialog.getByText("Hello Ann, your order is on its way.").waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "campaign-new-filled");
  const detail = "A campaign of this name is running. Choose another name.";
  mock.fail.set("/campaigns", { status: 422, detail, errors: [{ pointer: "/name", detail }] });
  await start.click();
  await dialog.getByText(detail).waitFor();
  await start.click();
  await page.waitForURL(/\/admin\/campaigns\/k3$/);
  await page.getByRole("heading", { name: "Parcels on their way" }).waitFor();
  const first = mock.requests.find((r) => r.method === "POST" && r.path === "/campaigns")!.body;
  expect(posted("/campaigns")!.body).toMatchObject({
    template: { name: "order_update", language: "en_US" },
    recipients: [
      {
        to: "+49 151 00000001",
        variables: { "header.1": "77", "1": "Ann", "2": "Monday", "button.1": "77" },
      },
      {
        to: "+49 151 00000002",
        variables: { "header.1": "78", "1": "Ben", "2": "Tuesday", "button.1": "78" },
      },
    ],
    per_minute: 60,
    consent: true,
    // Asked twice it is still one campaign.
    client_id: (first as { client_id: string }).client_id,
  });
});

test("the report says why it paused and what became of whom; it is resumed, paused and cancelled", async () => {
  const page = await at("/admin/campaigns/k1", "phone", "dark");
  await page.getByText("The number's quality is low (red)").waitFor();
  await page.getByText("Consent stated by Anna Admin").waitFor();
  const figure = (name: string) =>
    page
      .locator("dl div", { has: page.locator("dt", { hasText: name }) })
      .locator("dd")
      .innerText();
  expect(await Promise.all(["Waiting", "Read", "Failed", "Skipped"].map(figure))).toEqual([
    "812",
    "190",
    "9",
    "8",
  ]);
  await page.getByRole("listitem").getByText("The customer or the message is gone.").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(await axe(page)).toEqual([]);
  await shot(page, "campaign-report-phone", true);
  const rows = page.getByRole("table", { name: "Recipients" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(6);
  await page.getByRole("combobox", { name: "Show" }).selectOption("skipped");
  await expect.poll(() => rows.count()).toBe(2);
  await page.getByRole("row", { name: /4915100004.*The customer wants no marketing messages/ }).waitFor();
  await page.getByRole("button", { name: "Resume" }).tap();
  await page.getByText("The number's quality is low (red)").waitFor({ state: "detached" });
  mock.fail.set("/campaigns/k1/pause", { status: 409, detail: "The campaign has just ended." });
  await page.getByRole("button", { name: "Pause" }).tap();
  await page.getByText("The campaign has just ended.").waitFor();
  await page.getByRole("button", { name: "Pause" }).tap();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await page.getByRole("button", { name: "Cancel campaign" }).tap();
  const asks = page.getByRole("alertdialog").or(page.getByRole("dialog"));
  await asks.getByText("A cancelled campaign cannot be resumed.").waitFor();
  await asks.getByRole("button", { name: "Cancel campaign" }).tap();
  await page.getByText("Cancelled", { exact: true }).waitFor();
  expect(
    mock.requests
      .filter((r) => r.method === "POST" && r.path.startsWith("/campaigns/"))
      .map((r) => r.path.split("/").at(-1)),
  ).toEqual(["resume", "pause", "pause", "cancel"]);
});
