// Sending: shown at once, never doubled, never lost.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Message } from "../../src/api/models";
import { Thread } from "../../src/workspace/thread.svelte";
import { message } from "../fixtures/messages";

const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();
const reply = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
const flush = () => new Promise((done) => setTimeout(done, 5));
const serverCopy = (over: Partial<Message>) =>
  message({
    direction: "out",
    sender: { kind: "agent", name: "Maria Koval" },
    text: "Hello",
    status: "queued",
    seconds: 60,
    ...over,
  });
const bodyOf = (call: number) =>
  JSON.parse(fetched.mock.calls[call]![1].body as string) as { client_id: string; text: string };

beforeEach(() => {
  localStorage.clear();
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => vi.unstubAllGlobals());

test("the answer replaces the local message", async () => {
  fetched.mockImplementation(async (_url, init) =>
    reply(
      201,
      serverCopy({
        id: "s1",
        client_id: (JSON.parse(init.body as string) as { client_id: string }).client_id,
      }),
    ),
  );
  const thread = new Thread("c1");
  thread.send({ text: "Hello", attachments: [], reply_to: null });
  expect(thread.messages.map((m) => m.local?.state)).toEqual(["sending"]);
  await flush();
  expect(thread.messages.map((m) => [m.id, m.local])).toEqual([["s1", undefined]]);
});

test("the stream may be faster than the answer, and its later state stays", async () => {
  let answer: (r: Response) => void = () => {};
  fetched.mockReturnValue(new Promise((done) => (answer = done)));
  const thread = new Thread("c1");
  thread.send({ text: "Hello", attachments: [], reply_to: null });
  await flush();
  const { client_id } = bodyOf(0);
  thread.take(serverCopy({ id: "s1", client_id, status: "delivered" }));
  answer(reply(201, serverCopy({ id: "s1", client_id, status: "queued" })));
  await flush();
  expect(thread.messages.map((m) => [m.id, m.status])).toEqual([["s1", "delivered"]]);
});

test("without a network it waits, survives a reload, and goes out with the same client_id", async () => {
  fetched.mockRejectedValue(new TypeError("network"));
  const thread = new Thread("c1");
  thread.send({ text: "Hello", attachments: [], reply_to: null });
  await flush();
  expect(thread.messages[0]?.local?.state).toBe("waiting");
  const first = bodyOf(0).client_id;

  fetched.mockImplementation(async (_url, init) =>
    init.method === "GET"
      ? reply(200, { items: [], next: null, previous: null })
      : reply(201, serverCopy({ id: "s1", client_id: first })),
  );
  const reloaded = new Thread("c1");
  await reloaded.load();
  await flush();
  expect(bodyOf(2).client_id).toBe(first);
  expect(reloaded.messages.map((m) => m.id)).toEqual(["s1"]);
  expect(localStorage.getItem("deskbell.unsent..c1")).toBeNull();
});

test("a refusal keeps the words and says why", async () => {
  fetched.mockResolvedValue(reply(409, { detail: "Taras Melnyk holds this conversation." }));
  const thread = new Thread("c1");
  thread.send({ text: "Hello", attachments: [], reply_to: null });
  await flush();
  expect(thread.messages[0]?.local).toEqual({
    state: "refused",
    reason: "Taras Melnyk holds this conversation.",
  });
});

test("messages leave one after the other", async () => {
  const sent: string[] = [];
  fetched.mockImplementation(async (_url, init) => {
    const body = JSON.parse(init.body as string) as { text: string; client_id: string };
    sent.push(`start ${body.text}`);
    await flush();
    sent.push(`end ${body.text}`);
    return reply(201, serverCopy({ id: `s-${body.text}`, client_id: body.client_id, text: body.text }));
  });
  const thread = new Thread("c1");
  thread.send({ text: "one", attachments: [], reply_to: null });
  thread.send({ text: "two", attachments: [], reply_to: null });
  await new Promise((done) => setTimeout(done, 40));
  expect(sent).toEqual(["start one", "end one", "start two", "end two"]);
});

test("a page that was overtaken by the stream does not set a message back", async () => {
  const early = serverCopy({ id: "s9", status: "sent" });
  fetched.mockImplementation(async () => {
    thread.take({ ...early, status: "read" });
    return reply(200, { items: [early], next: null, previous: null });
  });
  const thread = new Thread("c1");
  await thread.load();
  expect(thread.messages.map((m) => m.status)).toEqual(["read"]);
});

test("a template is taken over from the answer, and what is wrong with it is thrown", async () => {
  const template = { name: "order_update", language: "en", variables: { "1": "Ann" } };
  fetched.mockResolvedValueOnce(reply(201, serverCopy({ id: "s1", client_id: "k1", text: "Hello Ann" })));
  const thread = new Thread("c1");
  await thread.sendMade({ client_id: "k1", template });
  expect(JSON.parse(fetched.mock.calls[0]![1].body as string)).toEqual({ client_id: "k1", template });
  expect(thread.messages.map((m) => m.text)).toEqual(["Hello Ann"]);
  fetched.mockResolvedValueOnce(reply(409, { detail: "They want no marketing." }));
  await expect(thread.sendMade({ client_id: "k2", template })).rejects.toThrow("They want no marketing.");
  expect(thread.messages).toHaveLength(1);
});
