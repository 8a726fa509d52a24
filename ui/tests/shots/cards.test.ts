// Cards, reactions and long words in a thread, in light and dark, on wide and narrow screens.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import type { Template } from "../../src/api/models";
import { medium, message } from "../fixtures/messages";
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

const buttons: Template = {
  type: "button",
  text: "What shall we do with the parcel?",
  buttons: [
    { type: "postback", title: "Send it again", payload: "AGAIN" },
    { type: "web_url", title: "Follow it", url: "https://lavka.example/parcels/20714" },
    { type: "phone_number", title: "Call us", payload: "+380441112233" },
  ],
};
const card = {
  title: "Plum jam with a rather long name that wraps",
  subtitle: "450 g, from Uzhhorod",
  url: "https://lavka.example/jam",
  buttons: [{ type: "postback" as const, title: "Order", payload: "JAM" }],
};
const cards: Template = { type: "generic", elements: [card, { ...card, title: "ריבת שזיפים" }, card, card] };
const receipt: Template = {
  type: "receipt",
  recipient_name: "Olena Kovalenko",
  order_number: "20714",
  currency: "UAH",
  payment_method: "Visa 4242",
  summary: { total_cost: 190.5 },
  adjustments: [{ name: "Regular customer", amount: 50 }],
  elements: [{ title: "Plum jam", quantity: 2, price: 240.5 }],
};

/** After everything that the thread holds already. */
const later = (step: number) => new Date(Date.now() + step * 1_000).toISOString();

for (const [theme, size] of [
  ["light", "wide"],
  ["dark", "wide"],
  ["light", "phone"],
] as const) {
  test(`cards and reactions, ${theme}, ${size}`, async () => {
    const us = {
      direction: "out" as const,
      sender: { kind: "agent" as const, name: "Maria Koval" },
      status: "read" as const,
      kind: "template" as const,
    };
    const failed = {
      code: 551,
      subcode: 1545041,
      reason: "The customer can't be reached: they blocked the Page.",
      action: "",
      cause: {
        code: "channel" as const,
        args: { case: "listed" as const, code: 551, subcode: 1545041 },
      },
    };
    mock.messages.get("c-olena")!.push(
      message({ ...us, created_at: later(1), template: buttons }),
      message({ ...us, created_at: later(2), template: cards }),
      message({ ...us, created_at: later(3), template: receipt }),
      message({
        created_at: later(4),
        text: "Thank you so much!",
        reactions: [{ emoji: "❤️", by: "u1", error: failed }],
      }),
    );
    opened = await open(browser, `${mock.url}/workspace/c-olena`, size, theme);
    const page = opened.page;
    await page.getByText("Thank you so much!", { exact: true }).last().waitFor();
    await shot(page, `cards-${theme}-${size}`);
    expect(await axe(page)).toEqual([]);
    // A finger shows the buttons of the message that it taps.
    if (size === "phone") await page.getByText("Thank you so much!", { exact: true }).last().tap();
    await page.getByRole("button", { name: "React", exact: true }).last().click();
    await page.getByRole("toolbar", { name: "React" }).waitFor();
    await shot(page, `react-${theme}-${size}`);
    expect(opened.problems).toEqual([]);
  });
}

test("a text over the limit cannot be sent and says by how much", async () => {
  opened = await open(browser, `${mock.url}/workspace/c-olena`);
  const page = opened.page;
  await page.getByLabel("Message", { exact: false }).last().fill("x".repeat(19_800));
  await page.getByText("200 characters left").waitFor();
  await page.locator("textarea").fill("x".repeat(20_001));
  await page.getByText("1 characters too many").waitFor();
  expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
});

test("names that run from right to left stay where names are", async () => {
  const name = "نور الهدى";
  mock.change("c-offer", { contact: { ...mock.conversations.get("c-offer")!.contact, name } });
  opened = await open(browser, `${mock.url}/workspace/c-nour`);
  const page = opened.page;
  /** How far the letters are from the beginning of their box. */
  const offset = (selector: string) =>
    page
      .locator(selector)
      .filter({ hasText: name })
      .first()
      .evaluate((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return range.getBoundingClientRect().left - element.getBoundingClientRect().left;
      });
  for (const place of [".offer .name", "header h2", ".row .name"])
    expect(await offset(place), place).toBeLessThan(4);
  await page.goto(`${mock.url}/history`);
  expect(await offset(".row .name"), "history").toBeLessThan(4);
});

test("a thread whose pictures arrive late still lands at its end", async () => {
  mock.slowPictures = 700;
  for (let i = 0; i < 10; i++)
    mock.messages.get("c-olena")!.push(
      message({
        created_at: later(i + 1),
        kind: "template",
        cards: [{ title: `Jam ${i}`, subtitle: null, link: null, picture_url: `/pictures/${i}.svg` }],
      }),
    );
  mock.change("c-olena", { unread: 0 });
  opened = await open(browser, `${mock.url}/workspace/c-olena`);
  const page = opened.page;
  const log = page.getByRole("log");
  await log.getByText("Jam 9").waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLImageElement>('[role="log"] .card img')].every((i) => i.complete),
  );
  const left = await log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  expect(left).toBeLessThan(8);
});

test("an input method's Enter sends nothing, and on a phone Return is a new line", async () => {
  const sent = () => mock.requests.filter((r) => r.method === "POST" && r.path.endsWith("/messages")).length;
  opened = await open(browser, `${mock.url}/workspace/c-olena`);
  const box = opened.page.getByRole("textbox", { name: "Message" });
  await box.fill("にほん");
  await box.evaluate((area) =>
    area.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }),
    ),
  );
  expect(await box.inputValue()).toBe("にほん");
  await opened.close();

  opened = await open(browser, `${mock.url}/workspace/c-olena`, "phone");
  const small = opened.page.getByRole("textbox", { name: "Message" });
  await small.fill("a");
  await small.press("Enter");
  await small.pressSequentially("b");
  expect(await small.inputValue()).toBe("a\nb");
  expect(sent()).toBe(0);
  await opened.page.getByRole("button", { name: "Send", exact: true }).click();
  await opened.page.getByRole("log").getByText("a\nb").waitFor();
});

test("pictures keep their shape from the first moment, and can be looked at one after the other and in large", async () => {
  const shapes = [
    [300, 1600],
    [1200, 400],
    [640, 480],
  ] as const;
  mock.slowPictures = 400;
  shapes.forEach(([width, height], i) =>
    mock.messages.get("c-olena")!.push(
      message({
        created_at: later(i + 1),
        kind: "attachment",
        attachments: [medium(`shape${i}`, { name: `shape${i}.png`, width, height })],
      }),
    ),
  );
  opened = await open(browser, `${mock.url}/workspace/c-olena`);
  const page = opened.page;
  const picture = (i: number) => page.getByRole("button", { name: `Open picture shape${i}.png` });
  await picture(2).waitFor();
  const before = await Promise.all(shapes.map((_, i) => picture(i).boundingBox()));
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLImageElement>('[role="log"] .picture img')].every((i) => i.complete),
  );
  const after = await Promise.all(shapes.map((_, i) => picture(i).boundingBox()));
  for (const [i, [width, height]] of shapes.entries()) {
    expect(after[i]!.height, `shape ${i}`).toBe(before[i]!.height);
    // A very thin one stands in a frame that a finger can hit.
    if (width > height / 3)
      expect(after[i]!.width / after[i]!.height, `shape ${i}`).toBeCloseTo(width / height, 1);
    expect(after[i]!.height).toBeLessThanOrEqual(360);
  }
  await shot(page, "pictures");

  await picture(1).click();
  const large = page.getByRole("dialog", { name: "shape1.png" });
  await large.getByRole("img").waitFor();
  const small = (await large.getByRole("img").boundingBox())!.width;
  await large.getByRole("button", { name: "Zoom in" }).click();
  expect((await large.getByRole("img").boundingBox())!.width).toBeGreaterThan(small * 1.4);
  await shot(page, "lightbox");
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press("ArrowRight");
  await page.getByRole("dialog", { name: "shape2.png" }).waitFor();
  expect(await page.getByRole("button", { name: "Next picture" }).isDisabled()).toBe(true);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(opened.problems).toEqual([]);
});
