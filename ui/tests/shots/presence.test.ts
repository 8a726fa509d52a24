// Being at work: the switch, the status and the offers, in every room and while no one looks.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import type { AgentStatus } from "../../src/api/models";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened, type Size, type Theme } from "./browser";

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

async function at(path: string, size: Size = "wide", theme: Theme = "light"): Promise<Page> {
  opened = await open(browser, mock.url + path, size, theme);
  return opened.page;
}
const until = async (what: string, check: () => boolean | Promise<boolean>) => {
  for (let i = 0; i < 80; i++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never happened: ${what}`);
};
const became = (status: AgentStatus["status"], reason: AgentStatus["reason"]): AgentStatus => ({
  status,
  cause: null,
  limit_at: null,
  since: new Date().toISOString(),
  reason,
  by: null,
});
const centre = (page: Page) => page.getByRole("switch", { name: "Call Center" });
const beats = () => mock.requests.filter((r) => r.method === "POST" && r.path === "/me/presence").length;

test("another room beats too, has the switch, and says at once what the server changed", async () => {
  const page = await at("/history");
  await until("a beat", () => beats() > 0);
  expect(await centre(page).getAttribute("aria-checked")).toBe("true");
  await page.getByRole("button", { name: /^Status:/ }).click();
  await page.getByRole("menuitemradio", { name: "Lunch" }).click();
  await until("lunch", () => mock.me.status?.cause === "Lunch");
  await page.getByRole("switch", { name: "Call Center, paused" }).click();
  await until("online again", () => mock.me.status?.status === "online");

  mock.emit("status", { user_id: "u1", status: became("offline", "supervisor") });
  await page.getByText("A supervisor set you offline.").waitFor();
  expect(await centre(page).getAttribute("aria-checked")).toBe("false");
  await shot(page, "status-banner");
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Go online" }).click();
  await page.getByText("A supervisor set you offline.").waitFor({ state: "detached" });
  expect(mock.me.status?.status).toBe("online");
});

test("an agent whom the server paused sees it from what everyone hears, and paused looks paused", async () => {
  const page = await at("/workspace");
  await centre(page).waitFor();
  await until("the stream", () => mock.streamCount === 1);
  const agent = mock.admin.agents.find((a) => a.id === "u1")!;
  mock.emit("agent", { agent: { ...agent, ...became("pause", "missed_offers") } });
  await page.getByText("because you missed several offers").waitFor();
  await page.getByRole("switch", { name: "Call Center, paused" }).waitFor();
  expect(await page.locator(".track.between").count()).toBe(1);
  await shot(page, "paused");
  expect(await axe(page)).toEqual([]);
});

for (const [size, theme] of [
  ["wide", "dark"],
  ["phone", "light"],
] as const) {
  test(`the status in the rail, ${size}, ${theme}`, async () => {
    mock.me.status = became("pause", "supervisor");
    const page = await at("/history", size, theme);
    await page.getByText("A supervisor put you on pause.").waitFor();
    await shot(page, `status-rail-${size}-${theme}`);
    expect(await axe(page)).toEqual([]);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByText("A supervisor put you on pause.").waitFor({ state: "detached" });
    expect(opened!.problems).toEqual([]);
  });
}

/** A tab that is not looked at, in a browser that refuses notifications from pages, as Android's does. */
async function hide(page: Page): Promise<void> {
  await page.context().grantPermissions(["notifications"]);
  await page.addInitScript(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
    const shown: string[] = [];
    Object.assign(window, { shown });
    class Refusing {
      static permission = "granted";
      static requestPermission = () => Promise.resolve("granted");
      constructor() {
        throw new TypeError("Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.");
      }
    }
    Object.assign(window, { Notification: Refusing });
    ServiceWorkerRegistration.prototype.showNotification = (title, options) => {
      shown.push(`${title}: ${options?.body}`);
      return Promise.resolve();
    };
  });
}

test("while nobody looks, offers and a changed status are notified by the service worker", async () => {
  const page = await at("/not-yet");
  await hide(page);
  await page.goto(`${mock.url}/history`);
  const shown = () => page.evaluate(() => (window as unknown as { shown: string[] }).shown);
  await until("the offer", async () => (await shown()).includes("Offer from Andrii Tkachenko: General"));
  mock.emit("status", { user_id: "u1", status: became("offline", "lost") });
  await until("the status", async () =>
    (await shown()).some((line) => line.startsWith("You are now: Offline")),
  );
  expect(opened!.problems).toEqual([]);
});

test("one offer is on screen, above lists that are scrolled to their end, with how many wait and who sends another", async () => {
  const first = mock.conversations.get("c-offer")!;
  for (const c of mock.conversations.values()) if (c.state === "queued") mock.conversations.delete(c.id);
  // Queues offer one customer at a time; colleagues may send another.
  for (let i = 0; i < 4; i++)
    mock.conversations.set(`c-waits${i}`, {
      ...first,
      id: `c-waits${i}`,
      state: "queued",
      offer: null,
      contact: { ...first.contact, name: `Customer ${i}` },
      queued_at: new Date(Date.now() - i * 1_000).toISOString(),
    });
  const page = await at("/workspace");
  const cards = page.getByRole("region", { name: /^Offer from/ });
  await cards.first().waitFor();
  expect(await cards.count()).toBe(1);
  await page.setViewportSize({ width: 1440, height: 480 });
  await page.locator(".scroll").evaluate((box) => (box.scrollTop = box.scrollHeight));
  const box = (await cards.first().boundingBox())!;
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.y + box.height).toBeLessThanOrEqual(480);
  await page.getByText("+4 more waiting").waitFor();
  const sent = { ...first.offer!, from: { id: "u2", name: "Taras Melnyk", note: "Please take over" } };
  mock.conversations.set("c-sent", {
    ...first,
    id: "c-sent",
    offer: sent,
    contact: { ...first.contact, name: "Sent by Taras" },
  });
  mock.emit("offer", { conversation_id: "c-sent", conversation: mock.conversations.get("c-sent")! });
  await page.getByRole("button", { name: "+1 more offer" }).click();
  expect(await cards.count()).toBe(2);
  await page.getByText("+4 more waiting").waitFor();
  await shot(page, "offers-many");
  expect(await axe(page)).toEqual([]);
});

test("a key that is held down accepts one offer, not those that follow", async () => {
  const page = await at("/workspace");
  await page
    .getByRole("region", { name: /^Offer from/ })
    .first()
    .waitFor();
  const accepted = () => mock.requests.filter((r) => r.path.endsWith("/accept")).map((r) => r.path);
  await page.keyboard.down("Alt");
  await page.keyboard.down("Enter");
  await until("the first accept", () => accepted().length === 1);
  const next = { agent_id: mock.me.user.id, agent_name: "Maria", seconds: 30, from: null };
  mock.change("c-w1", {
    state: "offered",
    offer: { ...next, expires_at: new Date(Date.now() + 30_000).toISOString() },
  });
  await page.getByRole("region", { name: "Offer from Petro Lysenko" }).waitFor();
  for (let repeat = 0; repeat < 5; repeat++) await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await page.keyboard.up("Alt");
  await page.keyboard.press("Alt+Enter");
  await until("the second accept", () => accepted().length === 2);
  expect(accepted().map((path) => path.includes("/c-w1/"))).toEqual([false, true]);
  expect(mock.conversations.get("c-w1")!.state).toBe("active");
});
