// Short journeys through Admin against the mock server: creating, connecting, refusals, stale versions, leaving.
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
  const { page, problems, close } = await open(browser, mock.url + path);
  try {
    await run(page);
  } catch (error) {
    await shot(page, "admin-journey-failed");
    throw error;
  }
  expect(problems).toEqual([]);
  await close();
  await mock.stop();
}

test("a gateway is created, and its guide comes next", () =>
  visit("/admin", async (page) => {
    await page.getByRole("link", { name: "Chat gateways" }).first().click();
    await page.getByRole("button", { name: "New gateway" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Shop");
    await page.getByLabel("App ID").fill("1029384756012346");
    await page.getByLabel("App Secret").fill("0123456789abcdef");
    await page.getByRole("button", { name: "Create gateway" }).click();
    await page.getByRole("heading", { name: "Shop" }).waitFor();
    await page.getByRole("button", { name: "Copy URI" }).first().waitFor();
    expect(mock.requests.find((r) => r.method === "POST" && r.path === "/gateways")?.body).toEqual({
      kind: "meta",
      name: "Shop",
      app_id: "1029384756012346",
      app_secret: "0123456789abcdef",
      enabled: true,
    });
  }));

test("pages are connected by a popup and chosen afterwards; Meta's refusals are told", () =>
  visit("/admin/gateways/g1", async (page) => {
    await page.getByRole("tab", { name: "Facebook pages" }).click();
    const popup = page.waitForEvent("popup");
    await page.getByRole("button", { name: "Add or remove pages" }).click();
    await popup;
    await page.getByText("Waiting for your login at Meta").waitFor();
    mock.emit("connect", {
      gateway_id: "g1",
      attempt_id: "at1",
      state: "done",
      message: "Four pages are connected.",
    });
    await page.getByText("Four pages are connected.").waitFor();
    await page.getByRole("checkbox", { name: "Receive messages of متجر لافكا" }).check();
    await page.getByRole("button", { name: "Save choice" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("switch", { name: "Webhook subscription for متجر لافكا", checked: true }).click();
    const again = page.getByRole("switch", { name: "Webhook subscription for متجر لافكا", checked: false });
    await again.waitFor();
    mock.admin.refusal = { callback_url: "https://other.example/hook" };
    await again.click();
    await page.getByText("They go to https://other.example/hook now").waitFor();
    await page.getByRole("button", { name: "Replace" }).click();
    await page.getByRole("switch", { name: "Webhook subscription for متجر لافكا", checked: true }).click();
    mock.admin.refusal = { paste: { callback_url: "https://desk.example/chat/x", verify_token: "v_1" } };
    await again.click();
    await page.getByRole("button", { name: "Copy Callback URL" }).waitFor();
    await page.getByRole("button", { name: "Done, try again" }).click();
    await page.getByRole("switch", { name: "Webhook subscription for متجر لافكا", checked: true }).waitFor();
  }));

test("Set-up is followed to its end: pages are chosen after the login, and the last tick leads to Workspace", () =>
  visit("/admin/gateways/g2", async (page) => {
    const gateway = mock.admin.gateways[1]!;
    const now = new Date().toISOString();
    const popup = page.waitForEvent("popup");
    await page.getByRole("button", { name: "Add or remove pages" }).click();
    await popup;
    // The server announces the gateway first: its step is done before the login is reported as finished.
    Object.assign(gateway, { accounts_connected: 3, ticks: { ...gateway.ticks, login_ok_at: now } });
    mock.emit("gateway", { gateway_id: "g2" });
    await page.getByText("3 accounts connected").first().waitFor();
    mock.emit("connect", { gateway_id: "g2", attempt_id: "at1", state: "done", message: "Connected." });
    const chooser = page.getByRole("dialog", { name: "Choose pages" });
    await chooser.getByRole("checkbox", { name: /متجر لافكا/ }).check();
    await chooser.getByRole("button", { name: "Save choice" }).click();
    await chooser.waitFor({ state: "detached" });
    const ticks = { webhook_verified_at: now, login_ok_at: now, last_event_at: now, last_sent_at: now };
    Object.assign(gateway, { accounts_subscribed: 1, ticks });
    mock.emit("gateway", { gateway_id: "g2" });
    await page.getByRole("link", { name: "Answer it in Workspace" }).click();
    await page.waitForURL("**/workspace");
  }));

test("an Instagram account's messages are taken from another product only after a yes", () =>
  visit("/admin/gateways/g1/instagram", async (page) => {
    const name = /^Webhook subscription for Lavka ·/;
    mock.admin.refusal = { callback_url: "https://other.example/hook" };
    await page.getByRole("switch", { name, checked: false }).click();
    await page.getByText("They go to https://other.example/hook now").waitFor();
    await page.getByRole("button", { name: "Replace" }).click();
    await page.getByRole("switch", { name, checked: true }).waitFor();
    expect(mock.requests.filter((r) => r.method === "PATCH").at(-1)?.body).toEqual({
      subscribed: true,
      replace: true,
    });
  }));

test("a WhatsApp number is registered with its PIN, from its row and from Health", () =>
  visit("/admin/gateways/g3/health", async (page) => {
    await page.getByRole("button", { name: "Register the number" }).click();
    const dialog = page.getByRole("dialog", { name: "Register +49 30 901820" });
    await dialog.getByLabel("PIN").fill("000000");
    await dialog.getByRole("button", { name: "Register" }).click();
    await dialog.getByText("This is not the number’s PIN.").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("tab", { name: "WhatsApp" }).click();
    await page.getByRole("button", { name: "Register number" }).click();
    await dialog.getByLabel("PIN").fill("123456");
    await dialog.getByRole("button", { name: "Register" }).click();
    await page.getByText("+49 30 901820 is registered and can send.").waitFor();
    await page.getByRole("button", { name: "Register number" }).waitFor({ state: "detached" });
  }));

test("a login window that was closed by hand can be opened again", () =>
  visit("/admin/gateways/g1/pages", async (page) => {
    const popup = page.waitForEvent("popup");
    await page.getByRole("button", { name: "Add or remove pages" }).click();
    await (await popup).close();
    await page.getByText("Did you close the login window?").waitFor();
    const second = page.waitForEvent("popup");
    await page.getByRole("button", { name: "Open it again" }).click();
    await second;
    await page.getByText("Waiting for your login at Meta").waitFor();
    mock.emit("connect", {
      gateway_id: "g1",
      attempt_id: "at1",
      state: "done",
      message: "Pages are connected.",
    });
    await page.getByText("Pages are connected.").waitFor();
  }));

test("a failed login says why, and polling hears it too", () =>
  visit("/admin/gateways/g1/pages", async (page) => {
    await page.getByText("Lavka Outlet").waitFor();
    await page.getByRole("button", { name: "Add or remove pages" }).click();
    mock.admin.attempt = {
      state: "failed",
      message: "You did not allow pages_messaging. Try again and leave it on.",
    };
    await page.getByText("You did not allow pages_messaging").waitFor();
  }));

test("somebody else saved first: theirs is shown, and mine can be saved anyway", () =>
  visit("/admin/gateways/g1", async (page) => {
    await page.getByRole("textbox", { name: "Name" }).fill("Mine");
    Object.assign(mock.admin.gateways[0]!, { name: "Theirs", version: 9 });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Someone else changed this").waitFor();
    await page.getByRole("dialog").getByText("Theirs", { exact: true }).last().waitFor();
    await page.getByRole("button", { name: "Save mine anyway" }).click();
    await page.getByRole("heading", { name: "Mine" }).waitFor();
    expect(mock.admin.gateways[0]).toMatchObject({ name: "Mine", version: 10 });
  }));

test("leaving with unsaved changes asks", () =>
  visit("/admin/queues/q1", async (page) => {
    await page.getByLabel("Offer time").fill("45");
    await page.getByRole("link", { name: "Flows" }).click();
    await page.getByRole("button", { name: "Stay" }).click();
    await page.getByText("Changed: Offer time").waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved").waitFor();
    expect(mock.requests.find((r) => r.method === "PATCH")?.body).toEqual({ offer_seconds: 45, version: 1 });
    await page.getByRole("link", { name: "Flows" }).click();
    await page.getByText("Autumn sale").waitFor();
  }));

test("broken JSON is discarded: the saved text is back, and typing works", () =>
  visit("/admin/flows/f2", async (page) => {
    await page.getByRole("tab", { name: "JSON" }).click();
    const json = page.getByRole("textbox", { name: "Flow as JSON" });
    const text = await json.inputValue();
    await json.fill(text.replace('"schema": 2,', '"schema": 2'));
    await page.getByText("Line 3 isn’t valid JSON. Fix it to save.").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByText("Line 3 isn’t valid JSON. Fix it to save.").waitFor({ state: "detached" });
    expect(await json.inputValue()).toBe(text);
    await json.fill(text.replace("How can we help you?", "What can we do?"));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved").waitFor();
  }));

test("a draft that leads nowhere can't be published, and the simulator says where it ends", () =>
  visit("/admin/flows/f2", async (page) => {
    const publish = page.getByRole("button", { name: "Publish" });
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("tab", { name: "JSON" }).click();
    const json = page.getByRole("textbox", { name: "Flow as JSON" });
    const text = await json.inputValue();
    await json.fill(text.replace('"next": "menu"', '"next": "nowhere"'));
    await page.getByText("There is no step “nowhere”.").waitFor();
    await page.getByRole("listitem").getByText('There is no node "nowhere".').waitFor();
    expect(await publish.isDisabled()).toBe(true);
    await json.fill(text.replace("How can we help you?", "What can we do?"));
    await page.getByText("There is no step “nowhere”.").waitFor({ state: "detached" });
    await page.getByText('There is no node "nowhere".').waitFor({ state: "detached" });
    expect(await publish.isEnabled()).toBe(true);
  }));

test("a draft is tried in the simulator, broken as JSON, fixed and published", () =>
  visit("/admin/flows/f2", async (page) => {
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByRole("button", { name: "Something else entirely", exact: true }).click();
    await page.getByRole("textbox", { name: "Write as a customer" }).fill("My parcel");
    await page.keyboard.press("Enter");
    await page.getByText("Joins the queue: The first queue").waitFor();
    await page.getByRole("tab", { name: "JSON" }).click();
    const json = page.getByRole("textbox", { name: "Flow as JSON" });
    const text = await json.inputValue();
    await json.fill(text.replace('"schema": 2,', '"schema": 2'));
    await page.getByRole("button", { name: "Line 3" }).waitFor();
    await page.getByText("Line 3 isn’t valid JSON. Fix it to save.").waitFor();
    await json.fill(text.replace("How can we help you?", "What can we do?"));
    await page.getByRole("tab", { name: "List" }).click();
    await page.getByText("What can we do?").first().waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
    await page.getByText("Version 1 is live").waitFor();
  }));

test("nodes are copied, pasted, found and taken back; somebody else's save is merged", () =>
  visit("/admin/flows/f2", async (page) => {
    const nodes = page.locator(".svelte-flow__node");
    await nodes.first().waitFor();
    await page.locator(".svelte-flow__node[data-id=hours]").click();
    await page.keyboard.press("Control+C");
    await page.keyboard.press("Control+V");
    await page.locator(".svelte-flow__node[data-id=hours_2]").waitFor();
    await page.keyboard.press("Control+Z");
    await page.locator(".svelte-flow__node[data-id=hours_2]").waitFor({ state: "detached" });
    await page.keyboard.press("Control+F");
    await page.getByRole("textbox", { name: "Find in flow" }).fill("monday");
    await page.getByText("0 of 1").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("1 of 1").waitFor();
    await page.keyboard.press("Escape");
    const flow = mock.admin.flows[1]!;
    flow.version += 1;
    flow.body = { ...flow.body, start: "menu" };
    await page.locator(".svelte-flow__node[data-id=greet]").dblclick();
    await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello");
    await page.keyboard.press("Control+S");
    await page.getByRole("button", { name: "Combine and save" }).click();
    await page.getByText("Saved").first().waitFor();
    expect(mock.admin.flows[1]!.body.start).toBe("menu");
    expect(mock.admin.flows[1]!.body.nodes.greet).toMatchObject({ text: "Hello" });
  }));

test("deleting wants the name typed; a token is shown once", () =>
  visit("/admin/gateways", async (page) => {
    await page.getByRole("button", { name: "Actions for Old app" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    expect(await page.getByRole("dialog").getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
    await page.getByLabel("Type “Old app” to confirm").fill("Old app");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("Deleted: Old app").waitFor();
    expect(mock.admin.gateways.some((g) => g.name === "Old app")).toBe(false);
    await page.getByRole("link", { name: "API tokens" }).click();
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Script");
    await page.getByRole("button", { name: "Create token" }).click();
    await page.getByRole("button", { name: "Copy Token" }).waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("Script", { exact: true }).waitFor();
  }));

test("a supervisor finds the agents and sets a status", () => {
  mock.me.permissions = ["supervise", "see_all", "answer"];
  mock.me.user.role = "supervisor";
  return visit("/admin", async (page) => {
    await page.getByRole("button", { name: "Taras Melnyk is Online" }).click();
    await page.getByRole("menuitemradio", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Taras Melnyk is Pause" }).waitFor();
    expect(await page.getByRole("link", { name: "Chat gateways" }).count()).toBe(0);
  });
});
