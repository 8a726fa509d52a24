// What an agent does all day, played in Chromium against the mock server.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { message } from "../fixtures/messages";
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
  opened.page.setDefaultTimeout(6_000);
  return opened.page;
}
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const until = async (what: string, check: () => boolean | Promise<boolean>) => {
  for (let i = 0; i < 80; i++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never happened: ${what}`);
};

test("signing in leads back to where one wanted to go; a wrong password is said in words", async () => {
  mock.signedIn = false;
  const page = await at("/workspace/c-olena");
  await page.getByLabel("E-mail").fill("maria@lavka.example");
  await page.getByLabel("Password").fill("wrong");
  await button(page, "Sign in").click();
  await page.getByText("Wrong e-mail or password").waitFor();
  await page.getByLabel("Password").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/workspace/c-olena");
});

test("signing out takes one's drafts along after a question, and a dead session remembers the way", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).fill("Your card number is");
  const stored = () => page.evaluate(() => JSON.stringify({ ...localStorage }));
  await until("the draft", async () => (await stored()).includes("card number"));
  await button(page, "Your menu").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("dialog").getByText("in one conversation").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("E-mail").waitFor();
  expect(mock.signedIn).toBe(false);
  expect(await stored()).not.toContain("card number");
  mock.signedIn = true;
  await page.goto(`${mock.url}/workspace/c-marko`);
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  mock.signedIn = false;
  mock.dropStreams();
  await page.getByLabel("E-mail").waitFor();
  expect(page.url()).toContain(encodeURIComponent("/workspace/c-marko"));
});

test("an installation without users says what to open", async () => {
  mock.signedIn = false;
  mock.setupNeeded = true;
  const page = await at("/sign-in");
  await page.getByRole("heading", { name: "Set-up needs its link" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/setup");
});

test("the first administrator is created by the link", async () => {
  mock.signedIn = false;
  mock.setupNeeded = true;
  const page = await at("/setup#secret-token");
  await page.getByLabel("Name").fill("Maria");
  await page.getByLabel("E-mail").fill("maria@lavka.example");
  await page.getByLabel("Password").fill("correct horse");
  await button(page, "Create administrator").click();
  await until("the request", () => mock.requests.some((r) => r.path === "/setup" && r.method === "POST"));
  expect(mock.requests.find((r) => r.path === "/setup" && r.method === "POST")?.body).toEqual({
    token: "secret-token",
    name: "Maria",
    email: "maria@lavka.example",
    password: "correct horse",
  });
  await until("leaving set-up", () => !page.url().includes("/setup"));
});

test("an offer is accepted by Alt+Enter while writing elsewhere, and never takes the focus", async () => {
  const page = await at("/workspace/c-olena");
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("half a sent");
  await page.getByRole("region", { name: "Offer from Andrii Tkachenko" }).waitFor();
  expect(await page.title()).toMatch(/^\(\d\) Workspace/);
  await page.keyboard.type("ence");
  expect(await box.inputValue()).toBe("half a sentence");
  await page.keyboard.press("Alt+Enter");
  await until("the thread opens", () => page.url().endsWith("/workspace/c-offer"));
  await page.goto(`${mock.url}/workspace/c-olena`);
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("half a sentence");
});

test("an offer that a colleague took says so calmly", async () => {
  const page = await at("/workspace");
  mock.fail.set("/accept", { status: 409, detail: "Too late." });
  await page.getByRole("region", { name: "Offer from Andrii Tkachenko" }).waitFor();
  await button(page, "Accept").click();
  await page.getByText("Taken by a colleague").waitFor();
});

test("a reload in the middle of an offer shows it with what is left", async () => {
  mock.conversations.get("c-offer")!.offer!.expires_at = new Date(Date.now() + 12_000).toISOString();
  const page = await at("/workspace");
  await page.getByRole("region", { name: "Offer from Andrii Tkachenko" }).waitFor();
  await page.reload();
  const left = await page.getByRole("timer").getAttribute("aria-label");
  expect(Number.parseInt(left ?? "", 10)).toBeLessThanOrEqual(12);
  expect(Number.parseInt(left ?? "", 10)).toBeGreaterThanOrEqual(5);
});

test("words are sent by Enter, shown at once, and become delivered", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).fill("Yes, in two shades of blue.");
  await page.keyboard.press("Enter");
  const log = page.getByRole("log");
  await log.getByText("Yes, in two shades of blue.").waitFor();
  await log.getByRole("img", { name: "Delivered" }).last().waitFor();
  expect(await log.getByText("Yes, in two shades of blue.").count()).toBe(1);
  mock.customerSays("c-olena", "Wonderful");
  await log.getByText("Wonderful").waitFor();
});

test("a quick reply is found by its shortcut and filled with names", async () => {
  const page = await at("/workspace/c-olena");
  const box = page.getByRole("textbox", { name: "Message" });
  await box.click();
  await page.keyboard.type("/hel");
  await page.getByRole("option", { name: /Greeting/ }).waitFor();
  await shot(page, "quick-replies");
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press("Enter");
  expect(await box.inputValue()).toBe("Hello Olena, this is Maria Koval from Shop “Lavka”. How can I help?");
});

test("a file is uploaded when picked, and goes with the message", async () => {
  const page = await at("/workspace/c-olena");
  await page.setInputFiles("input[type=file]", {
    name: "photo.png",
    mimeType: "image/png",
    buffer: Buffer.from([137, 80, 78, 71]),
  });
  await page.getByRole("list", { name: "Files" }).getByText("photo.png").waitFor();
  await until("the upload", async () => button(page, "Send").isEnabled());
  await button(page, "Send").click();
  await until("the message", () =>
    mock.requests.some(
      (r) =>
        r.method === "POST" &&
        r.path.endsWith("/messages") &&
        JSON.stringify(r.body).includes('"attachment_ids":["up1"]'),
    ),
  );
});

test("the form of a queue is filled in before its wrap-up ends", async () => {
  mock.change("c-marko", { state: "wrap_up", form: { id: "form1", values: {} } });
  const errors = [{ pointer: "/values/topic", detail: "“Topic” must be filled in." }];
  mock.fail.set("/c-marko/close", { status: 422, detail: errors[0]!.detail, errors });
  const page = await at("/workspace/c-marko");
  await page.getByRole("region", { name: "Order" }).getByLabel("Topic").waitFor();
  await button(page, "Finish wrap-up").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Topic").selectOption("Refund");
  await dialog.getByLabel("Amount").fill("12,5");
  await dialog.getByLabel("Reason").selectOption("Solved");
  expect(await axe(page)).toEqual([]);
  await shot(page, "wrap-up-form");
  await dialog.getByRole("button", { name: "Finish wrap-up" }).click();
  await until("the end", () => mock.conversations.get("c-marko")!.state === "closed");
  expect(mock.conversations.get("c-marko")!.form.values).toEqual({ topic: "Refund", amount: "12,5" });
  expect(mock.requests.findLast((r) => r.path.endsWith("/close"))?.body).toEqual({ reason: "cr1" });
});

test("a note, a transfer and a close", async () => {
  const page = await at("/workspace/c-olena");
  await button(page, "Add note").click();
  await page.getByRole("textbox", { name: "Note" }).fill("Likes blue.");
  await shot(page, "note");
  await button(page, "Save note").click();
  await page.getByRole("log").getByText("Likes blue.").waitFor();
  await button(page, "Transfer").click();
  await page.getByRole("combobox", { name: "To" }).click();
  await page.getByRole("option", { name: /Taras Melnyk/ }).waitFor();
  await shot(page, "transfer");
  expect(await axe(page)).toEqual([]);
  await page.getByRole("option", { name: /Taras Melnyk/ }).click();
  await page.getByLabel("Note for them").fill("Please go on.");
  await page.getByRole("dialog").getByRole("button", { name: "Transfer" }).click();
  await until("the transfer", () => mock.requests.some((r) => r.path === "/conversations/c-olena/transfer"));
  expect(mock.requests.find((r) => r.path.endsWith("/transfer"))?.body).toEqual({
    agent_id: "u2",
    note: "Please go on.",
  });

  await page.goto(`${mock.url}/workspace/c-marko`);
  await button(page, "Close conversation").click();
  await page.getByText("Thank you for writing to us.").waitFor();
  await page.getByLabel("Reason").selectOption("Another reason");
  await page.getByLabel("The reason in your words").fill("Answered");
  await shot(page, "close");
  await page.keyboard.press("Enter");
  await until("the close", () => mock.conversations.get("c-marko")!.state === "closed");

  // Whoever waits longest for an answer is next, ready to be written to.
  await until("the next conversation", () => page.url().endsWith("/workspace/c-nour"));
  await until("the focus", () =>
    page.getByRole("textbox", { name: "Message" }).evaluate((area) => area === document.activeElement),
  );
  await button(page, "Undo").click();
  await until("the undone close", () => mock.conversations.get("c-marko")!.state === "active");
  await until("its thread", () => page.url().endsWith("/workspace/c-marko"));

  // Later there is a button where one would write.
  mock.change("c-marko", { state: "closed", closed_at: new Date().toISOString() });
  await shot(page, "reopen");
  await button(page, "Reopen").click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
});

test("a toast never covers the composer, and a row says what was not sent", async () => {
  const page = await at("/workspace/c-olena");
  await page
    .getByRole("link", { name: /Wolfeschlegel/ })
    .getByText("Not sent:")
    .waitFor();
  await page.getByRole("textbox", { name: "Message" }).fill("one\ntwo\nthree\nfour\nfive");
  mock.emit("offer_ended", { conversation_id: "c-offer", outcome: "missed" });
  const toast = page.getByRole("region", { name: "Notifications" }).getByText("You missed this offer.");
  await toast.waitFor();
  await shot(page, "toast");
  const [a, b] = [await toast.boundingBox(), await page.locator(".composer .frame").boundingBox()];
  expect(a!.y + a!.height).toBeLessThanOrEqual(b!.y);
});

test("older messages are read on the way up without moving what is read; new ones wait in a pill", async () => {
  const page = await at("/workspace/c-marko");
  const log = page.getByRole("log");
  await log.getByText("Question 129").waitFor();
  await log.evaluate((box) => (box.scrollTop = 100));
  await until("older messages", () => mock.requests.some((r) => /before=(?!end)/.test(r.path)));
  await page.waitForTimeout(200);
  const before = await log.evaluate((box) => box.scrollTop);
  mock.customerSays("c-marko", "Still there?");
  await page.getByRole("button", { name: "1 new" }).waitFor();
  expect(await log.evaluate((box) => box.scrollTop)).toBe(before);
  await shot(page, "pill");
  await page.getByRole("button", { name: "1 new" }).click();
  await page.getByRole("button", { name: "1 new" }).waitFor({ state: "detached" });
});

test("Call Center, the command bar and the shortcuts", async () => {
  const page = await at("/workspace");
  const centre = page.getByRole("switch", { name: "Call Center" });
  await centre.click();
  await until("offline", () => mock.me.status?.status === "offline");
  await centre.click();
  await until("online", () => mock.me.status?.status === "online");
  await page.getByRole("button", { name: /^Status:/ }).click();
  await page.getByRole("menuitemradio", { name: "Lunch" }).waitFor();
  await shot(page, "status-menu");
  await page.getByRole("menuitemradio", { name: "Lunch" }).click();
  await until("lunch", () => mock.me.status?.cause === "Lunch");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Commands" }).fill("marko");
  await shot(page, "commands");
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press("Enter");
  await until("the thread", () => page.url().endsWith("/workspace/c-marko"));
  await page.getByRole("textbox", { name: "Message" }).press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await shot(page, "shortcuts");
});

test("the command bar and its keys are on every page, and find what is not loaded", async () => {
  const olena = mock.conversations.get("c-olena")!;
  mock.conversations.set("c-old", {
    ...olena,
    id: "c-old",
    state: "closed",
    agent: { id: "u9", name: "Someone else" },
    contact: { ...olena.contact, id: "k-old", name: "Bohdan Old" },
  });
  mock.messages.set("c-old", []);
  for (const [where, goes] of [
    ["/admin/queues", "/history/c-old"],
    ["/history", "/history/c-old"],
  ] as const) {
    const page = await at(where);
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await until("the shortcuts", async () => {
      await page.keyboard.press("?");
      return sheet.isVisible();
    });
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    const bar = page.getByRole("combobox", { name: "Commands" });
    await bar.fill("bohdan");
    await page
      .getByRole("option", { name: /Bohdan Old/ })
      .first()
      .waitFor();
    // Once as a conversation and once as a customer; no Enter finds nothing.
    expect(await page.getByRole("option", { name: /Bohdan Old/ }).count()).toBe(2);
    await page.keyboard.press("Enter");
    await until("the conversation", () => new URL(page.url()).pathname === goes);
    await page.keyboard.press("Control+k");
    await bar.fill("queues");
    await page.keyboard.press("Enter");
    await until("another page", () => page.url().includes("/admin/queues"));
    await page.keyboard.press("Alt+p");
    await page.getByRole("switch", { name: "Call Center, paused" }).waitFor();
    expect(mock.me.status?.status).toBe("pause");
    await page.keyboard.press("Alt+p");
    await until("back", () => mock.me.status?.status === "online");
    await opened!.close();
    opened = null;
  }
});

test("an offer is declined and labels are changed by keyboard, and arrows go through the lists", async () => {
  mock.labels = [{ id: "l1", name: "VIP", colour: "violet", conversations: 0, version: 1 }];
  const page = await at("/workspace/c-olena");
  await page.getByRole("region", { name: /^Offer from/ }).waitFor();
  await page.getByRole("textbox", { name: "Message" }).focus();
  await page.keyboard.press("Alt+x");
  await until("the decline", () => mock.requests.some((r) => r.path.endsWith("/c-offer/decline")));
  await page.keyboard.press("Control+/");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+l");
  await page.getByRole("option", { name: "Add label VIP" }).first().click();
  await until("the label", () => mock.requests.some((r) => r.path.endsWith("/c-olena/labels")));

  const rows = page.locator(".lists [data-row]");
  expect(
    await rows.evaluateAll((all) => all.filter((row) => (row as HTMLElement).tabIndex === 0).length),
  ).toBe(1);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("href"));
  await rows.first().focus();
  const first = await focused();
  await page.keyboard.press("ArrowDown");
  expect(await focused()).toBe(await rows.nth(1).getAttribute("href"));
  await page.keyboard.press("ArrowUp");
  expect(await focused()).toBe(first);
  // The end of a long list is scrolled to before it can have the focus.
  await page.keyboard.press("End");
  const last = await rows.last().getAttribute("href");
  await until("the focus on the last row", async () => (await focused()) === last);
});

test("a colleague of the same name is not me", async () => {
  const sender = { kind: "agent" as const, id: "u7", name: "Maria Koval" };
  const later = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
  mock.messages
    .get("c-olena")!
    .push(
      message({ direction: "out", sender, text: "From the other Maria", created_at: later(1) }),
      message({ direction: "internal", kind: "note", sender, text: "Her note", created_at: later(2) }),
      message({ direction: "out", sender: { ...sender, id: "u1" }, text: "From me", created_at: later(3) }),
    );
  const page = await at("/workspace/c-olena");
  const log = page.getByRole("log");
  await log.getByText("From me").waitFor();
  const states = await log.locator(".state").allInnerTexts();
  const [hers, note, mine] = states.slice(-3);
  expect(hers).toContain("Maria Koval");
  expect(note).toContain("Note by Maria Koval");
  expect(mine).toContain("You");
});

test("the history has heads, filters by day and agent, and a hit leads to the message", async () => {
  const marko = mock.messages.get("c-marko")!;
  marko[0]!.text = "Do you have the blue kettle in stock?";
  const page = await at("/history");
  await page.getByText("Last activity").waitFor();
  await page.getByRole("searchbox", { name: "Search" }).fill("blue kettle");
  const row = page.getByRole("link", { name: /the blue kettle/ });
  await row.waitFor();
  expect(await row.locator("mark").allInnerTexts()).toEqual(["blue", "kettle"]);
  await shot(page, "history-found");
  expect(await axe(page)).toEqual([]);
  await row.click();
  // It is far back: pages of the thread are read until it is there.
  await page.getByRole("log").getByText("Do you have the blue kettle in stock?").waitFor();
  const inView = () =>
    page.evaluate(() => {
      const found = [...document.querySelectorAll("[id^='m-']")].find((m) =>
        m.textContent?.includes("blue kettle"),
      );
      const box = found?.getBoundingClientRect();
      return box !== undefined && box.top >= 0 && box.bottom <= innerHeight;
    });
  await until("the message in view", inView);

  await page.getByRole("link", { name: "Back to the history" }).click();
  await page.getByRole("searchbox", { name: "Search" }).fill("");
  await page.getByLabel("From", { exact: true }).fill("2100-01-01");
  await page.getByText("Nothing found").waitFor();
  await until("the address", () => page.url().includes("from=2100-01-01"));
  expect(mock.requests.at(-1)!.path).toMatch(/from=(2099-12-31|2100-01-01)T/);
  await page.getByLabel("From", { exact: true }).fill("");
  await page.getByLabel("Agent", { exact: true }).selectOption({ label: "Taras Melnyk" });
  await until("the agent", () => mock.requests.some((r) => r.path.includes("agent=u2")));
});

test("a broken stream resumes after the last event, and being offline is said at once", async () => {
  const page = await at("/workspace/c-olena");
  await until("the stream", () => mock.streamCount === 1);
  mock.customerSays("c-olena", "First");
  await page.getByRole("log").getByText("First").waitFor();
  await page.waitForTimeout(300);
  const last = mock.lastEventId;
  mock.dropStreams();
  await until("the second stream", () => mock.streamCount === 1);
  expect(mock.requests.filter((r) => r.path.startsWith("/events")).at(-1)?.lastEventId).toBe(last);
  await page.context().setOffline(true);
  await page.getByText("You are offline.").waitFor();
  await shot(page, "offline");
  await page.context().setOffline(false);
  await page.getByText("You are offline.").waitFor({ state: "detached" });
});

test("two tabs share one stream, and the second takes over where the first stopped", async () => {
  const page = await at("/workspace/c-olena");
  await until("the stream", () => mock.streamCount === 1);
  const second = await page.context().newPage();
  await second.goto(`${mock.url}/workspace/c-olena`);
  await second.getByRole("log").getByText("And does it come in blue").waitFor();
  mock.customerSays("c-olena", "To both");
  await second.getByRole("log").getByText("To both").waitFor();
  expect(mock.streamCount).toBe(1);
  const asked = mock.requests.filter((r) => r.path.startsWith("/events")).length;
  await page.close();
  await until(
    "the hand-over",
    () => mock.requests.filter((r) => r.path.startsWith("/events")).length === asked + 1,
  );
  expect(mock.requests.filter((r) => r.path.startsWith("/events")).at(-1)?.lastEventId).toMatch(/^e\d+$/);
  mock.customerSays("c-olena", "After the hand-over");
  await second.getByRole("log").getByText("After the hand-over").waitFor();
});

test("on a phone one pane at a time, with a way back", async () => {
  const page = await at("/workspace", "phone");
  await page.getByRole("link", { name: /Marko Bondar/ }).click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await button(page, "Customer").click();
  await page.getByRole("complementary", { name: "Customer" }).waitFor();
  await shot(page, "panel-phone");
  await button(page, "Close the customer panel").click();
  await page.getByRole("link", { name: "Back to the list" }).click();
  await page.getByRole("heading", { name: /Mine/ }).waitFor();
});

test("of 500 who wait all are counted, the longest wait is first, and the rest comes at the end of the list", async () => {
  const first = mock.conversations.get("c-w1")!;
  for (let i = 0; i < 497; i++)
    mock.conversations.set(`q${i}`, {
      ...first,
      id: `q${i}`,
      contact: { ...first.contact, name: `Waiting ${i}` },
      queued_at: new Date(Date.now() - (i + 300) * 1_000).toISOString(),
      last_activity_at: new Date(Date.now() - 10_000).toISOString(),
    });
  const page = await at("/workspace");
  await page.getByRole("heading", { name: "Waiting 500" }).waitFor();
  const rows = page.getByRole("region", { name: "Waiting" }).getByRole("link");
  expect(await rows.first().innerText()).toContain("Waiting 496");
  await until("the last row", async () => {
    await page.locator(".scroll").evaluate((box) => (box.scrollTop = box.scrollHeight));
    return (await page.getByRole("link", { name: "Sofia & Max" }).count()) > 0;
  });
  // Only what is in view is in the page; a screen reader hears how many there are.
  expect(await rows.count()).toBeLessThan(60);
  const items = page.getByRole("region", { name: "Waiting" }).getByRole("listitem");
  expect(await items.last().getAttribute("aria-setsize")).toBe("500");
  await page.getByRole("button", { name: "Options of the lists" }).click();
  await page.getByRole("menuitemradio", { name: "Newest activity" }).click();
  await until("Marko after Olena", async () => {
    const names = await page.getByRole("region", { name: "Mine" }).getByRole("link").allInnerTexts();
    return names.findIndex((n) => n.includes("Marko")) === 2;
  });
});
