// The language model’s help for agents, in Chromium against the mock server: texts to check, which are never sent automatically.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened } from "./browser";

let browser: Browser;
let mock: Mock;
let opened: Opened | null = null;
beforeAll(async () => (browser = await launch()));
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await Mock.start();
  mock.me.language_model = true;
});
afterEach(async () => {
  await opened?.close();
  await mock.stop();
});

async function at(path: string): Promise<Page> {
  opened = await open(browser, mock.url + path, "wide");
  return opened.page;
}
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const sent = () => mock.requests.filter((it) => it.method === "POST" && it.path.endsWith("/messages")).length;

test("a suggestion is marked, is not sent, and gives back what was typed before", async () => {
  const page = await at("/workspace/c-olena");
  const words = page.getByRole("textbox", { name: "Message" });
  await words.fill("My own words");
  await button(page, "Suggest a reply").click();
  const mark = page.getByText("Suggested by the language model", { exact: false });
  await mark.waitFor();
  expect(await words.inputValue()).toBe("It comes on Friday. [...]");
  expect(await axe(page)).toEqual([]);
  await shot(page, "suggested-reply");
  await button(page, "Bring back my text").click();
  expect(await words.inputValue()).toBe("My own words");
  expect(await mark.count()).toBe(0);
  await button(page, "Suggest a reply").click();
  await mark.waitFor();
  await page.reload();
  await mark.waitFor();
  expect(sent()).toBe(0);
  await words.press("Enter");
  await mark.waitFor({ state: "detached" });
  expect(sent()).toBe(1);
});

test("a model that fails is a sentence, and what was typed stays", async () => {
  const page = await at("/workspace/c-olena");
  const words = page.getByRole("textbox", { name: "Message" });
  await words.fill("My own words");
  const detail = "The language model did not answer in time. Try again.";
  mock.fail.set("/suggestion", { status: 502, detail });
  await button(page, "Suggest a reply").click();
  await page.getByText(detail).waitFor();
  // The console notes the refused request.
  opened!.problems.length = 0;
  expect(await words.inputValue()).toBe("My own words");
});

test("a message is translated below it, and a summary is added to the note of a transfer", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await button(page, "Translate").last().click();
  const translation = page.getByText("Is it coming today?");
  await translation.waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "translated-message");
  await button(page, "Hide the translation").click();
  await translation.waitFor({ state: "detached" });
  await button(page, "Transfer").first().click();
  const note = page.getByRole("textbox", { name: "Note for them" });
  await note.fill("Be kind.");
  await button(page, "Summarise").click();
  await page.getByText("Written by the language model – check it.").waitFor();
  expect(await note.inputValue()).toBe(
    "Be kind.\n\nSummary by the language model:\nShe waits for her parcel.",
  );
  await button(page, "Summarise").click();
  expect((await note.inputValue()).split("Summary by").length).toBe(2);
  expect(await axe(page)).toEqual([]);
  await shot(page, "summary-in-note");
});

test("without a language model nothing of it is shown", async () => {
  mock.me.language_model = false;
  const page = await at("/workspace/c-olena");
  await button(page, "Quick replies").waitFor();
  expect(await button(page, "Suggest a reply").count()).toBe(0);
  expect(await button(page, "Translate").count()).toBe(0);
});
