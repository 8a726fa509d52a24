// Comments on posts in Workspace: an agent finds them, reads one, answers it privately, or marks it as done.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import type { Comment } from "../../src/api/models";
import { comment } from "../fixtures/comments";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Opened, type Size, type Theme } from "./browser";

let browser: Browser;
let mock: Mock;
let opened: Opened | null = null;
const hour = 3_600_000;
const at = (back: number) => new Date(Date.now() - back).toISOString();
function made(id: string, more: Partial<Comment>): Comment {
  const reply_until = more.reply_until === null ? null : at(-100 * hour);
  return { ...comment, id, comment_id: `5_${id}`, created_at: at(2 * hour), ...more, reply_until };
}

beforeAll(async () => (browser = await launch()));
afterAll(() => browser.close());
beforeEach(async () => {
  mock = await Mock.start();
  mock.comments = [
    made("7", {
      text: `Do you still have the strawberry jam? ${"I looked in the shop and could not find it. ".repeat(40)}`,
      parent_id: "5_8",
      permalink: "https://www.facebook.com/200/posts/5",
    }),
    made("9", {
      from_name: "أحمد",
      text: "كم سعر المربى؟",
      channel: "instagram",
      page_id: "300",
      page_name: "lavka.shop",
    }),
    made("8", {
      from_name: "Marko Bondar",
      text: "Mine arrived yesterday!",
      needs_answer: false,
      reply_until: null,
      replied_at: at(hour),
      reply_status: "delivered",
      reply_conversation_id: "c-marko",
    }),
  ];
});
afterEach(async () => {
  expect(opened?.problems ?? []).toEqual([]);
  await opened?.close();
  await mock.stop();
});
async function go(path: string, size: Size = "wide", theme: Theme = "light"): Promise<Page> {
  opened = await open(browser, mock.url + path, size, theme);
  opened.page.setDefaultTimeout(8_000);
  return opened.page;
}
const group = (page: Page) => page.getByRole("region", { name: /^Comments/ });

test("the group says how many need an answer, and lists those first", async () => {
  const page = await go("/workspace");
  const head = group(page).getByRole("button", { name: "Comments 2" });
  await head.click();
  const rows = group(page).getByRole("link");
  await rows.nth(2).waitFor();
  expect(await rows.allInnerTexts()).toEqual([
    expect.stringContaining("Olena"),
    expect.stringContaining("أحمد"),
    expect.stringContaining("Marko Bondar"),
  ]);
  expect(await axe(page)).toEqual([]);
  await shot(page, "comments");
  // A new one comes without a reload.
  mock.comments.unshift(made("10", { from_name: "Iryna", text: "And the honey?" }));
  mock.emit("comment", { id: "10" });
  await rows.first().getByText("And the honey?").waitFor();
  await group(page).getByRole("button", { name: "Comments 3" }).waitFor();
});

test("an agent opens a comment by keyboard, reads all of it, and replies privately", async () => {
  const page = await go("/workspace/comments");
  const row = group(page).getByRole("link").first();
  await row.focus();
  await page.keyboard.press("Enter");
  const pane = page.getByRole("region", { name: "Comment by Olena" });
  await pane.getByText("Mine arrived yesterday!").waitFor();
  const text = pane.getByText("strawberry jam");
  const before = (await text.boundingBox())!.height;
  await pane.getByRole("button", { name: "Show more" }).click();
  expect((await text.boundingBox())!.height).toBeGreaterThan(before);
  expect(await pane.getByRole("link", { name: "Open the post" }).getAttribute("target")).toBe("_blank");
  await pane.getByRole("textbox").fill("80 UAH a jar");
  expect(await axe(page)).toEqual([]);
  await shot(page, "comment");
  await page.keyboard.press("Control+Enter");
  await pane.getByText("Replied", { exact: true }).waitFor();
  expect(await pane.getByRole("textbox").count()).toBe(0);
  const sent = mock.requests.find((r) => r.path === "/pages/200/comments/7/reply");
  expect(sent?.body).toMatchObject({ text: "80 UAH a jar" });
});

test("what Meta refuses is said where the reply is written, and the text stays", async () => {
  mock.fail.set("/reply", {
    status: 409,
    detail: "This comment already has its private reply; Meta allows one per comment.",
  });
  const page = await go("/workspace/comments/7");
  const pane = page.getByRole("region", { name: "Comment by Olena" });
  await pane.getByRole("textbox").fill("80 UAH a jar");
  await pane.getByRole("button", { name: "Send reply" }).click();
  await pane.getByText("Meta allows one per comment").waitFor();
  expect(await pane.getByRole("textbox").inputValue()).toBe("80 UAH a jar");
  opened!.problems.length = 0;
});

test("a comment is marked as done and reopened", async () => {
  const page = await go("/workspace/comments/9");
  await page.getByRole("button", { name: "Mark as done" }).click();
  await page.getByText("Maria Koval marked it as done.").waitFor();
  await page.getByRole("button", { name: "Reopen" }).click();
  await page.getByRole("button", { name: "Mark as done" }).waitFor();
});

test("the list is narrowed to an account, and says when nothing is left", async () => {
  const page = await go("/workspace/comments");
  await group(page).getByRole("link").nth(2).waitFor();
  await group(page).getByRole("button", { name: "Filter comments" }).click();
  await page
    .getByRole("menuitemradio", { name: "lavka.shop" })
    .or(page.getByRole("menuitem", { name: "lavka.shop" }))
    .click();
  await group(page).getByText("Marko Bondar").waitFor({ state: "detached" });
  expect(await group(page).getByRole("link").count()).toBe(1);
  mock.comments = [];
  mock.emit("comment", { id: "9" });
  await group(page).getByText("No comments in this state.").waitFor();
});

test("on a phone, in the dark, right to left", async () => {
  const page = await go("/workspace/comments", "phone", "dark");
  await group(page).getByRole("link").nth(1).waitFor();
  await shot(page, "comments-phone");
  await group(page).getByRole("link").nth(1).click();
  await page.getByRole("heading", { name: "أحمد" }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shot(page, "comment-phone");
  await page
    .getByRole("link", { name: "Back to the list" })
    .or(page.getByLabel("Back to the list"))
    .first()
    .click();
  await group(page).waitFor();
});
