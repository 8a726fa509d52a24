// The tools of the Workspace: emoji, filters, voice messages, panes, keys; looked at in both themes and two sizes.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import type { Attachment } from "../../src/api/models";
import { message } from "../fixtures/messages";
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
  await opened?.close();
  opened = await open(browser, mock.url + path, size, theme);
  return opened.page;
}
const until = async (what: string, check: () => boolean | Promise<boolean>) => {
  for (let i = 0; i < 150; i++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never happened: ${what}`);
};
const LOOKS = [
  ["wide", "light"],
  ["wide", "dark"],
  ["phone", "light"],
  ["phone", "dark"],
] as const;
const noOffer = () => mock.conversations.delete("c-offer");

test("an emoji is found by a word, put in by keyboard in the tone that was chosen, and remembered", async () => {
  noOffer();
  const page = await at("/workspace/c-olena");
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("Thanks ");
  await page.keyboard.press("Alt+e");
  const search = page.getByRole("textbox", { name: "Search emoji" });
  await search.fill("thumbs up");
  await page.getByRole("radio", { name: "Medium", exact: true }).check();
  await page.getByRole("button", { name: "thumbs up" }).waitFor();
  await search.press("Enter");
  await until("the emoji", async () => (await box.inputValue()) === "Thanks 👍🏽");
  await page.keyboard.press("Alt+e");
  await page.getByRole("heading", { name: "Used last" }).waitFor();
  await search.press("ArrowDown");
  await page.keyboard.press("Enter");
  await until("once more", async () => (await box.inputValue()) === "Thanks 👍🏽👍🏽");
  for (const [size, theme] of LOOKS) {
    const page = await at("/workspace/c-olena", size, theme);
    await page.getByRole("button", { name: "Emoji", exact: true }).click();
    await page.getByRole("button", { name: "People" }).click();
    await page.getByRole("button", { name: "waving hand" }).waitFor();
    expect(await axe(page)).toEqual([]);
    await shot(page, `emoji-${size}-${theme}`);
    expect(opened!.problems).toEqual([]);
  }
});

test("the lists are filtered, say so, and show all again", async () => {
  noOffer();
  const page = await at("/workspace");
  const rows = page.locator(".lists [data-row]");
  await rows.first().waitFor();
  const all = await rows.count();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("checkbox", { name: "Unread" }).check();
  await until("fewer rows", async () => (await rows.count()) < all);
  for (const row of await rows.all()) expect(await row.textContent()).toContain("Unread");
  expect(await axe(page)).toEqual([]);
  await shot(page, "filter-wide-light");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Filter: Unread" }).waitFor();
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await until("all rows", async () => (await rows.count()) === all);
  for (const [size, theme] of LOOKS.slice(1)) {
    const page = await at("/workspace", size, theme);
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("checkbox", { name: "Unread" }).check();
    expect(await axe(page)).toEqual([]);
    await shot(page, `filter-${size}-${theme}`);
  }
});

const voice: Attachment = {
  ...message({}).attachments[0]!,
  id: "voice",
  type: "audio",
  name: "",
  mime: "audio/wav",
  size: 96_044,
  status: "stored",
  url: "/api/v1/media/voice",
  thumb_url: null,
  width: null,
  height: null,
  seconds: 12,
  error: null,
};

test("a voice message says its length, plays, jumps by keyboard and goes faster; only one plays", async () => {
  noOffer();
  for (const id of ["v1", "v2"])
    mock.messages.get("c-olena")!.push(
      message({
        id,
        kind: "attachment",
        attachments: [{ ...voice, id }],
        created_at: new Date().toISOString(),
      }),
    );
  const page = await at("/workspace/c-olena");
  const first = page.getByRole("group", { name: "Voice message 0:12" }).first();
  const second = page.getByRole("group", { name: "Voice message 0:12" }).nth(1);
  await first.getByText("0:12").waitFor();
  await first.getByRole("button", { name: "Play" }).click();
  const position = first.getByRole("slider", { name: "Position" });
  await until("it moves", async () => Number(await position.inputValue()) > 0.2);
  await second.getByRole("button", { name: "Play" }).click();
  await first.getByRole("button", { name: "Play" }).waitFor();
  await second.getByRole("button", { name: "Pause" }).click();
  await position.focus();
  await page.keyboard.press("End");
  await until("the end", async () =>
    /0:1[12] of 0:12/.test((await position.getAttribute("aria-valuetext"))!),
  );
  await page.keyboard.press("Home");
  await first.getByRole("button", { name: "Speed 1×" }).click();
  await first.getByRole("button", { name: "Speed 1.5×" }).click();
  await first.getByRole("button", { name: "Play" }).click();
  expect(await first.locator("audio").evaluate((audio: HTMLAudioElement) => audio.playbackRate)).toBe(2);
  expect(await axe(page)).toEqual([]);
  for (const [size, theme] of LOOKS) {
    const page = await at("/workspace/c-olena", size, theme);
    await page.getByRole("group", { name: "Voice message 0:12" }).nth(1).waitFor();
    await shot(page, `voice-${size}-${theme}`);
  }
});

test("the sheet lists what works on the page, and the new keys do what it says", async () => {
  noOffer();
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await page.keyboard.press("Control+/");
  await sheet.getByText("Next waiting customer").waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "sheet-wide-light");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+r");
  await page.getByRole("button", { name: "Cancel the reply" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Commands" }).fill("greeting");
  await page.getByRole("option", { name: /Greeting/ }).waitFor();
  await page.keyboard.press("Enter");
  await until("the quick reply", async () =>
    (await page.getByRole("textbox", { name: "Message" }).inputValue()).startsWith("Hello Olena"),
  );
  const waiting = [...mock.conversations.values()].filter((c) => c.state === "queued");
  expect(waiting.length).toBeGreaterThan(0);
  await page.keyboard.press("Alt+w");
  await until("a waiting customer", () => waiting.some((c) => page.url().endsWith(`/workspace/${c.id}`)));
  for (const [size, theme] of LOOKS.slice(1)) {
    const page = await at("/workspace", size, theme);
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await shot(page, `sheet-${size}-${theme}`);
  }
  const admin = await at("/admin/queues");
  await admin.getByRole("heading", { name: "Queues" }).first().waitFor();
  await until("the sheet", async () => {
    await admin.keyboard.press("?");
    return admin.getByRole("dialog", { name: "Keyboard shortcuts" }).isVisible();
  });
  expect(await admin.getByText("Next waiting customer").count()).toBe(0);
  await shot(admin, "sheet-admin");
});

test("panes have their widths by keyboard, remembered, set back, and never squeeze the thread away", async () => {
  noOffer();
  const page = await at("/workspace/c-olena");
  const lists = page.getByRole("separator", { name: "Width of the lists" });
  const width = async () => Number(await lists.getAttribute("aria-valuenow"));
  await lists.focus();
  await page.keyboard.press("End");
  const most = await width();
  expect(most).toBe(Number(await lists.getAttribute("aria-valuemax")));
  await page.reload();
  await until("the width again", async () => (await width()) === most);
  await page.setViewportSize({ width: 830, height: 800 });
  await until("a narrower list", async () => (await width()) < most);
  const thread = await page.getByRole("log").boundingBox();
  expect(thread!.width).toBeGreaterThanOrEqual(355);
  await page.setViewportSize({ width: 1440, height: 900 });
  await until("the chosen width", async () => (await width()) === most);
  await lists.dblclick();
  expect(await width()).toBe(320);
});

test("the tab's picture carries what waits", async () => {
  const page = await at("/workspace");
  const icon = () => page.locator('link[rel="icon"]').getAttribute("href");
  await until("a number", async () => /%3Ctext.*%3C%2Ftext/.test((await icon()) ?? ""));
  for (const c of mock.conversations.values())
    if (c.unread || c.offer) mock.change(c.id, { unread: 0, offer: null, state: "closed" });
  await until(
    "none",
    async () => /^data:/.test((await icon()) ?? "") && !(await icon())!.includes("%3Ctext"),
  );
});

test("of several tabs one rings", async () => {
  noOffer();
  const page = await at("/workspace");
  const count = () => {
    const { AudioContext: Real } = window;
    const tones = window as unknown as { tones: number };
    tones.tones = 0;
    window.AudioContext = class extends Real {
      override createOscillator() {
        tones.tones += 1;
        return super.createOscillator();
      }
    };
  };
  const tonesOf = (tab: Page) => tab.evaluate(() => (window as unknown as { tones: number }).tones);
  await page.context().addInitScript(count);
  const other = await page.context().newPage();
  for (const tab of [page, other]) {
    await tab.goto(`${mock.url}/workspace`);
    await tab.getByRole("heading", { name: "Waiting" }).click();
  }
  const customer = [...mock.conversations.values()].find((c) => c.state === "queued")!;
  mock.emit("offer", {
    conversation_id: customer.id,
    conversation: mock.change(customer.id, {
      state: "offered",
      offer: {
        agent_id: mock.me.user.id,
        agent_name: mock.me.user.name,
        expires_at: new Date(Date.now() + 60_000).toISOString(),
        seconds: 60,
        from: null,
      },
    }),
  });
  await until("a ring, twice", async () => Math.max(await tonesOf(page), await tonesOf(other)) >= 4);
  expect(Math.min(await tonesOf(page), await tonesOf(other))).toBe(0);
});
