// What the service worker makes of a push: words in the user's language, and none while a page is looked at.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";

type Handler = (event: Record<string, unknown>) => void;
type Page = { visibilityState: string; focus: () => void; postMessage: (message: unknown) => void };
let handlers: Map<string, Handler>;
let pages: Page[];
let shown: { title: string; options: Record<string, unknown> }[];
let opened: string[];
let posted: { url: string; body: string }[];

beforeEach(() => {
  handlers = new Map();
  [pages, shown, opened, posted] = [[], [], [], []];
  const self = {
    addEventListener: (kind: string, handler: Handler) => handlers.set(kind, handler),
    navigator: { languages: ["de", "uk-UA", "en"] },
    clients: {
      matchAll: () => Promise.resolve(pages),
      openWindow: (url: URL) => Promise.resolve(opened.push(url.href)),
    },
    registration: {
      scope: "https://firm.example/desk/",
      showNotification: (title: string, options: Record<string, unknown>) =>
        Promise.resolve(shown.push({ title, options })),
    },
  };
  const send = (url: URL, { body }: { body: string }) =>
    Promise.resolve(posted.push({ url: url.href, body }));
  const code = readFileSync(join(import.meta.dirname, "../../public/sw.js"), "utf8");

  new Function("self", "fetch", code)(self, send);
});

async function happen(kind: string, event: Record<string, unknown>): Promise<void> {
  let done: Promise<unknown> = Promise.resolve();
  handlers.get(kind)!({ ...event, waitUntil: (promise: Promise<unknown>) => (done = promise) });
  await done;
}
const push = (data: unknown) => happen("push", { data: { json: () => data } });

test("an offer, a message and a loss are told in the user's language, else the browser's", async () => {
  const offer = { kind: "offer", name: "Olena", place: "General", tag: "offer-7", path: "/workspace" };
  await push({ ...offer, language: "en" });
  await push({ ...offer, language: null, name: "" });
  await push({ kind: "message", name: "Olena", tag: "message-7", path: "/workspace/7", language: "uk" });
  const mention = {
    kind: "mention",
    name: "Olena",
    by: "Taras",
    tag: "mention-7",
    path: "/workspace/7?at=9",
  };
  await push({ ...mention, language: "en" });
  await push({ ...mention, language: "uk" });
  await push({ kind: "lost", conversations: 2, tag: "lost", path: "/workspace", language: "en" });
  await push({ kind: "of a newer server" });
  await happen("push", { data: null });
  expect(shown.map(({ title, options }) => [title, options["body"]])).toEqual([
    ["Offer from Olena", "General"],
    ["Запит: Клієнт без імені", "General"],
    ["Olena", "Нове повідомлення"],
    ["Olena", "Taras mentioned you in a note"],
    ["Olena", "Taras згадує вас у нотатці"],
    ["You are about to lose your conversations", expect.stringContaining("Open Deskbell")],
    ["Deskbell", "Відкрийте Deskbell"],
    ["Deskbell", "Відкрийте Deskbell"],
  ]);
  expect(shown[0]!.options).toMatchObject({ tag: "offer-7", data: { path: "/workspace" } });
});

test("a page that is looked at tells it itself", async () => {
  pages = [{ visibilityState: "visible", focus: () => {}, postMessage: () => {} }];
  await push({ kind: "message", name: "Olena" });
  expect(shown).toEqual([]);
});

test("a failed step of a flow is told even while a page is looked at", async () => {
  pages = [{ visibilityState: "visible", focus: () => {}, postMessage: () => {} }];
  const failed = { kind: "flow_failed", flow: "Orders", step: "look", path: "/admin/flows/7", tag: "flow-1" };
  await push({ ...failed, language: "en" });
  await push({ ...failed, language: "uk" });
  expect(shown.map(({ title, options }) => [title, options["body"]])).toEqual([
    ["The flow “Orders” has a problem", "The step “look” failed. Customers who reach it wait in the queue."],
    [
      "Проблема у сценарії «Orders»",
      "Крок «look» не вдався. Клієнти, які доходять до нього, чекають у черзі.",
    ],
  ]);
  expect(shown[0]!.options).toMatchObject({ tag: "flow-1", data: { path: "/admin/flows/7" } });
});

test("a tap leads an open page to the conversation, or opens one under the installation's path", async () => {
  const tap = { notification: { close: () => {}, data: { path: "/workspace/7" } } };
  await happen("notificationclick", tap);
  expect(opened).toEqual(["https://firm.example/desk/workspace/7"]);
  const posted: unknown[] = [];
  pages = [{ visibilityState: "hidden", focus: () => {}, postMessage: (message) => posted.push(message) }];
  await happen("notificationclick", tap);
  expect(posted).toEqual([{ kind: "go", path: "/workspace/7" }]);
  expect(opened).toHaveLength(1);
});

test("another address of the browser is told to the server", async () => {
  await happen("pushsubscriptionchange", { newSubscription: { endpoint: "https://push.example/2" } });
  expect(posted).toEqual([
    { url: "https://firm.example/desk/api/v1/me/push", body: '{"endpoint":"https://push.example/2"}' },
  ]);
});
