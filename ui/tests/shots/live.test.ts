// The supervisor's room: figures that change while one looks, statuses that are set, conversations that are read and moved.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, type Opened, type Size } from "./browser";

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

async function at(path: string, size: Size = "wide"): Promise<Page> {
  opened = await open(browser, mock.url + path, size);
  return opened.page;
}
const asked = (method: string, path: RegExp) =>
  mock.requests.filter((request) => request.method === method && path.test(request.path));

test("the wallboard follows the stream, and an agent's status is set from their row", async () => {
  const page = await at("/live");
  const general = page.getByRole("row", { name: /General/ });
  await general.getByText("41").waitFor();
  mock.emit("wallboard", {
    ...mock.wallboard,
    queues: mock.wallboard.queues.map((q) => (q.id === "q1" ? { ...q, answered_today: 42 } : q)),
    alerts: [],
  });
  await general.getByText("42").waitFor();
  await page.getByText("a customer has waited longer").waitFor({ state: "detached" });
  await page.getByRole("button", { name: /Status of Taras Melnyk/ }).click();
  await page.getByRole("menuitemradio", { name: "Lunch" }).click();
  await expect
    .poll(() => asked("PUT", /^\/agents\/u2\/status$/)[0]?.body)
    .toEqual({
      status: "pause",
      cause: "Lunch",
    });
});

test("conversations are filtered, read along, noted in, and moved together", async () => {
  const page = await at("/live");
  const list = page.getByRole("region", { name: /Open conversations/ });
  await list.getByRole("combobox", { name: "State" }).selectOption("queued,offered");
  await list.getByText("Sofia & Max").first().waitFor();
  await list.getByRole("checkbox", { name: "Select all shown" }).check();
  await list.getByRole("button", { name: "Reassign" }).click();
  await page.getByRole("combobox", { name: "To" }).fill("Returns");
  await page.getByRole("option", { name: /Returns and refunds 1 online/ }).click();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Reassign" }).click();
  await page.getByText(/conversations reassigned/).waitFor();
  const moved = asked("POST", /\/transfer$/);
  expect(moved.length).toBeGreaterThan(1);
  expect(new Set(moved.map((one) => JSON.stringify(one.body)))).toEqual(new Set(['{"queue_id":"q2"}']));

  await page.goto(`${mock.url}/live/c-olena`);
  const along = page.getByRole("region", { name: "Reading along" });
  // What was there already is not read out as new.
  await along.getByText("And does it come in blue").waitFor();
  await along.getByRole("textbox", { name: "Note to the agent" }).fill("Offer her the voucher");
  await along.getByRole("button", { name: "Add note" }).click();
  await along.getByText("Offer her the voucher").last().waitFor();
  expect(asked("POST", /c-olena\/notes$/)[0]?.body).toEqual({ text: "Offer her the voucher" });
  mock.customerSays("c-olena", "One more question");
  await along.getByRole("log").getByText("One more question").waitFor();
});

test("an agent finds no Live in the rail, and a page that says whose it is", async () => {
  mock.me.permissions = ["answer"];
  mock.me.user.role = "agent";
  const page = await at("/live");
  await page.getByText("supervisors and administrators").waitFor();
  expect(await page.getByRole("link", { name: "Live" }).count()).toBe(0);
});
