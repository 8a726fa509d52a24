// Places, contacts, choices and cards: offered where the channel has them, sent by small forms.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened, type Size, type Theme } from "./browser";

let browser: Browser;
let mock: Mock;
let opened: Opened | null = null;
beforeAll(async () => (browser = await launch()));
afterAll(() => browser.close());
beforeEach(async () => (mock = await Mock.start()));
afterEach(async () => {
  expect(opened?.problems ?? []).toEqual([]);
  await opened?.close();
  await mock.stop();
});
async function at(path: string, size: Size = "wide", theme: Theme = "light"): Promise<Page> {
  opened = await open(browser, mock.url + path, size, theme);
  opened.page.setDefaultTimeout(8_000);
  return opened.page;
}
const whatsapp = () => {
  const hidden = mock.conversation("c-whatsapp")!;
  mock.conversations.set("c-whatsapp", {
    ...hidden,
    window: mock.conversation("c-olena")!.window,
    state: "active",
    agent: { id: "u1", name: "Maria Koval" },
  });
};
async function choose(page: Page, what: string) {
  await page.getByRole("button", { name: "Send more" }).click();
  await page.getByRole("menuitem", { name: what, exact: true }).click();
}
const sent = () => mock.requests.findLast((r) => r.method === "POST" && r.path.endsWith("/messages"))?.body;

test("a location on WhatsApp, from the address of a map", async () => {
  whatsapp();
  const page = await at("/workspace/c-whatsapp");
  await choose(page, "Location");
  const dialog = page.getByRole("dialog", { name: "Location" });
  await dialog.getByLabel("Coordinates").fill("Kyiv");
  await dialog.getByText("No coordinates found").waitFor();
  expect(await dialog.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Coordinates").fill("https://www.openstreetmap.org/?mlat=50.45&mlon=30.52");
  await dialog.getByLabel("Name of the place").fill("Our shop");
  expect(await axe(page)).toEqual([]);
  await shot(page, "special-location");
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(sent()).toMatchObject({ location: { latitude: 50.45, longitude: 30.52, name: "Our shop" } });
});

test("a list on a phone, with its rows counted against the limits", async () => {
  whatsapp();
  const page = await at("/workspace/c-whatsapp", "phone", "dark");
  await page.getByRole("textbox", { name: "Message" }).fill("Which colour do you like?");
  await choose(page, "List to choose from");
  const dialog = page.getByRole("dialog", { name: "List to choose from" });
  expect(await dialog.getByLabel("Message").inputValue()).toBe("Which colour do you like?");
  await dialog.getByLabel("Text on the button that opens the list").fill("Colours that we have");
  await dialog
    .getByText("0 left")
    .or(dialog.getByText(/characters left|left/))
    .first()
    .waitFor();
  await dialog.getByLabel("Choice 1", { exact: true }).fill("Blue");
  await dialog.getByLabel("More about choice 1").fill("In stock");
  await dialog.getByLabel("Choice 2", { exact: true }).fill("Red");
  for (let i = 0; i < 8; i++) await dialog.getByRole("button", { name: "Add a choice" }).click();
  await dialog.getByText("10 of 10").waitFor();
  expect(await dialog.getByRole("button", { name: "Add a choice" }).isDisabled()).toBe(true);
  expect(await axe(page)).toEqual([]);
  await shot(page, "special-list-phone");
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(sent()).toMatchObject({
    text: "Which colour do you like?",
    list: { button: "Colours that we have" },
  });
  // What was written went out with it.
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("");
});

test("what the server refuses is said in the form, which stays", async () => {
  mock.fail.set("/c-olena/messages", { status: 422, detail: "The picture cannot be opened." });
  const page = await at("/workspace/c-olena");
  await page.getByRole("button", { name: "Send more" }).click();
  await shot(page, "special-menu");
  expect(await page.getByRole("menuitem").allInnerTexts()).toEqual([
    "Choices to tap",
    "Link as a button",
    "Card",
  ]);
  await page.getByRole("menuitem", { name: "Card" }).click();
  const dialog = page.getByRole("dialog", { name: "Card" });
  mock.fail.set("/c-olena/messages", { status: 422, detail: "The picture cannot be opened." });
  await dialog.getByLabel("Title", { exact: true }).fill("Kettle");
  await dialog.getByLabel("Address of the picture").fill("https://lavka.example/kettle.png");
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.getByText("The picture cannot be opened.").waitFor();
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(sent()).toMatchObject({ template: { type: "generic", elements: [{ title: "Kettle" }] } });
});

/** The field with a label, and what is said below it. */
const noteOf = async (page: Page, label: string) => {
  const field = page.getByRole("dialog").getByLabel(label, { exact: true });
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  const [note] = (await field.getAttribute("aria-describedby"))!.split(" ");
  return page.locator(`[id="${note}"]`).innerText();
};

test("choices: as many as the channel takes; one that the server refuses is marked in its row", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).fill("Which size?");
  await choose(page, "Choices to tap");
  const dialog = page.getByRole("dialog", { name: "Choices to tap" });
  const send = dialog.getByRole("button", { name: "Send" });
  expect(await dialog.getByLabel("Message").inputValue()).toBe("Which size?");
  expect(await send.isDisabled()).toBe(true);
  for (let i = 2; i < 13; i++) await dialog.getByRole("button", { name: "Add a choice" }).click();
  await dialog.getByText("13 of 13").waitFor();
  expect(await dialog.getByRole("button", { name: "Add a choice" }).isDisabled()).toBe(true);
  await dialog.getByRole("button", { name: "Remove choice 13" }).click();
  await dialog.getByText("12 of 13").waitFor();
  // The first row stays empty, so the third is the second choice of the request.
  await dialog.getByLabel("Choice 2", { exact: true }).fill("Small");
  await dialog.getByLabel("Choice 3", { exact: true }).fill("Large, with a handle");
  await dialog.getByText("0 left").waitFor();
  await dialog.getByLabel("Choice 3", { exact: true }).fill("Large, with two handles");
  await dialog.getByText("3 too many").waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "special-choices");
  const detail = "Messenger takes choices of at most 20 characters.";
  mock.fail.set("/c-olena/messages", {
    status: 422,
    detail,
    errors: [{ pointer: "/quick_replies/1", detail }],
  });
  await send.click();
  await expect.poll(() => noteOf(page, "Choice 3")).toBe(detail);
  expect(await dialog.getByLabel("Choice 2", { exact: true }).getAttribute("aria-invalid")).toBeNull();
  await dialog.getByLabel("Choice 3", { exact: true }).fill("Large");
  await send.click();
  await dialog.waitFor({ state: "detached" });
  expect(sent()).toMatchObject({ text: "Which size?", quick_replies: ["Small", "Large"] });
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("");
});

test("a link: a button of its own on WhatsApp, that of a card on Messenger; only a web address is sent", async () => {
  whatsapp();
  const page = await at("/workspace/c-whatsapp", "phone");
  const dialog = page.getByRole("dialog", { name: "Link as a button" });
  const send = dialog.getByRole("button", { name: "Send" });
  const fill = async () => {
    await dialog.getByLabel("Message").fill("Our catalogue");
    await dialog.getByLabel("Text on the button").fill("Open");
    await dialog.getByLabel("Web address").fill("javascript:alert(1)");
    expect(await noteOf(page, "Web address")).toBe("Write the whole address, beginning with https://.");
    expect(await send.isDisabled()).toBe(true);
    await dialog.getByLabel("Web address").fill("https://lavka.example/all");
  };
  await choose(page, "Link as a button");
  await fill();
  expect(await axe(page)).toEqual([]);
  await shot(page, "special-link-phone");
  const detail = "The button's title must have between 1 and 20 characters";
  mock.fail.set("/c-whatsapp/messages", {
    status: 422,
    detail,
    errors: [{ pointer: "/link/title", detail }],
  });
  await send.click();
  await expect.poll(() => noteOf(page, "Text on the button")).toBe(detail);
  await send.click();
  await dialog.waitFor({ state: "detached" });
  const link = { title: "Open", url: "https://lavka.example/all" };
  expect(sent()).toMatchObject({ text: "Our catalogue", link });
  await page.goto(`${mock.url}/workspace/c-olena`);
  await choose(page, "Link as a button");
  await fill();
  await send.click();
  await dialog.waitFor({ state: "detached" });
  const buttons = [{ type: "web_url", ...link }];
  expect(sent()).toMatchObject({ template: { type: "button", text: "Our catalogue", buttons } });
});

test("asking for the location is offered on WhatsApp only, and needs words", async () => {
  whatsapp();
  const olena = mock.conversation("c-olena")!;
  mock.conversations.set("c-instagram", { ...olena, id: "c-instagram", channel: "instagram" });
  mock.messages.set("c-instagram", []);
  const page = await at("/workspace/c-instagram");
  await page.getByRole("button", { name: "Send more" }).click();
  expect(await page.getByRole("menuitem").allInnerTexts()).toEqual(["Choices to tap", "Card", "Heart"]);
  await page.goto(`${mock.url}/workspace/c-whatsapp`);
  await choose(page, "Ask for their location");
  const dialog = page.getByRole("dialog", { name: "Ask for their location" });
  const send = dialog.getByRole("button", { name: "Send" });
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByLabel("Message").fill("x".repeat(1_025));
  await dialog.getByText("1 too many").waitFor();
  const detail = "A message with choices has at most 1024 characters.";
  mock.fail.set("/c-whatsapp/messages", { status: 422, detail, errors: [{ pointer: "/text", detail }] });
  await send.click();
  await expect.poll(() => noteOf(page, "Message")).toBe(detail);
  await dialog.getByLabel("Message").fill("Where are you?");
  expect(await axe(page)).toEqual([]);
  await shot(page, "special-ask-location");
  await send.click();
  await dialog.waitFor({ state: "detached" });
  expect(sent()).toMatchObject({ text: "Where are you?", ask_location: true });
});
