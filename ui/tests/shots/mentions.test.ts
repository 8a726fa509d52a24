// Colleagues are mentioned in notes, hear of it, and are led to the note.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
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
  expect(opened?.problems ?? []).toEqual([]);
  await opened?.close();
  await mock.stop();
});
async function at(path: string, size: Size = "wide", theme: Theme = "light"): Promise<Page> {
  opened = await open(browser, mock.url + path, size, theme);
  opened.page.setDefaultTimeout(8_000);
  return opened.page;
}
const noteForMe = (text: string) =>
  message({
    kind: "note",
    direction: "internal",
    sender: { kind: "agent", id: "u2", name: "Taras Melnyk" },
    text,
    mentions: ["u1"],
    created_at: new Date().toISOString(),
  });

test("a colleague is found by @, chosen by keyboard, and goes with the note", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("button", { name: "Add note", exact: true }).click();
  const box = page.getByRole("textbox", { name: "Note" });
  await box.click();
  await page.keyboard.type("Please look, @mel");
  await page.getByRole("option", { name: /Taras Melnyk/ }).waitFor();
  await shot(page, "mention");
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press("Enter");
  expect(await box.inputValue()).toBe("Please look, @Taras Melnyk ");
  await page.getByRole("button", { name: "Save note" }).click();
  await page.getByRole("log").getByText("Please look, @Taras Melnyk").waitFor();
  const sent = mock.requests.find((r) => r.path === "/conversations/c-olena/notes");
  expect(sent?.body).toEqual({ text: "Please look, @Taras Melnyk", mentions: ["u2"] });
});

test("who is mentioned hears of it, finds it in the list and is led to the note", async () => {
  const page = await at("/workspace/c-olena");
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await page.waitForTimeout(700);
  const note = noteForMe("@Maria Koval the parcel is back");
  mock.messages.get("c-marko")!.splice(20, 0, note);
  mock.emit("message", { conversation_id: "c-marko", message: note });
  await page.getByText("Taras Melnyk mentioned you: Marko Bondar").waitFor();
  const list = page.getByRole("region", { name: /Mentions of you/ });
  await list.getByText("the parcel is back").waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "mention-list");
  await list.getByRole("link").click();
  await page.getByRole("log").getByText("the parcel is back").waitFor();
  // It is read: nothing is listed any longer, here and at the server.
  await list.waitFor({ state: "detached" });
  expect(mock.requests.some((r) => r.method === "DELETE" && r.path === "/me/mentions/c-marko")).toBe(true);
});

test("on a phone, in the dark, after a reload", async () => {
  const note = noteForMe("@Maria Koval please call her");
  mock.mentions = [{ conversation: mock.conversation("c-marko")!, note }];
  const page = await at("/workspace", "phone", "dark");
  await page
    .getByRole("region", { name: /Mentions of you/ })
    .getByText("please call her")
    .waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "mention-list-phone");
});
