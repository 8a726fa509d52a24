// The supervisor's room: what the wallboard adds up to, and the list of open conversations that the stream keeps.
import { expect, test, vi } from "vitest";
import { api } from "../../src/api/client";
import type { Conversation } from "../../src/api/models";
import { percent, totals } from "../../src/supervisor/board.svelte";
import { alertWords } from "../../src/supervisor/labels";
import { move } from "../../src/supervisor/move";
import { applied, fits } from "../../src/supervisor/open-list.svelte";
import { dueTimer, rowTimer } from "../../src/workspace/labels";
import { NOW, at } from "../fixtures/clock";
import { olena } from "../fixtures/conversations";
import { wallboard } from "../fixtures/wallboard";

const all = { state: "", queue: "", agent: "" };
const c = (id: string, activity: number, over: Partial<Conversation> = {}): Conversation => ({
  ...olena,
  id,
  state: "active",
  last_activity_at: at(activity),
  ...over,
});

test("the big figures are those of all queues, and nothing short of all is 100 %", () => {
  expect(totals(wallboard.queues)).toMatchObject({ waiting: 4, answered: 82, abandoned: 4 });
  expect(totals(wallboard.queues).longest?.id).toBe("q1");
  expect(totals([]).longest).toBeNull();
  expect([percent(null), percent(0), percent(0.999), percent(1)]).toEqual([null, 0, 99, 100]);
});

test("an alert says which queue passed which limit", () => {
  expect(alertWords(wallboard.alerts[0]!)).toBe(
    "General: a customer has waited longer than 2 m for the first answer",
  );
  expect(alertWords({ ...wallboard.alerts[0]!, kind: "max_waiting", limit: 20 })).toContain("is full");
});

test("a filter takes those of the bot, those that wait, and what an agent holds or is offered", () => {
  const bot = c("b", 0, { state: "bot", queue: null, agent: null });
  expect([fits(bot, all), fits(bot, { ...all, state: "bot" }), fits(bot, { ...all, queue: "q1" })]).toEqual([
    true,
    true,
    false,
  ]);
  const offered = c("o", 0, {
    state: "offered",
    agent: null,
    offer: { agent_id: "u2", agent_name: "Taras", expires_at: at(9), seconds: 30, from: null },
  });
  expect(fits(offered, { ...all, state: "queued,offered", agent: "u2" })).toBe(true);
  expect(fits(c("x", 0, { state: "closed" }), all)).toBe(false);
});

const ids = (list: Conversation[]) => list.map((one) => one.id);
const whole = { queued: null, others: null };

test("who waits longest is on top, in a queue or for an answer; those who wait for nothing follow, the newest first", () => {
  const items = [
    c("answered", 0, { answer_due_since: null }),
    c("idle", -900, { answer_due_since: null }),
    c("due", -1, { answer_due_since: at(-60) }),
    c("overdue", -700, { answer_due_since: at(-700) }),
    c("queued", -1, { state: "queued", agent: null, queued_at: at(-300), answer_due_since: null }),
  ];
  const listed = items.reduce<Conversation[]>((list, one) => applied(list, one, all, whole), []);
  expect(ids(listed)).toEqual(["overdue", "queued", "due", "answered", "idle"]);
});

test("what changes moves, what no longer fits goes, and what is behind the loaded end of its part waits for its page", () => {
  const quiet = (id: string, activity: number, over = {}) =>
    c(id, activity, { answer_due_since: null, ...over });
  const items = [quiet("a", -10), quiet("b", -20)];
  expect(ids(applied(items, quiet("b", 0, { version: 2 }), all, whole))).toEqual(["b", "a"]);
  expect(ids(applied(items, quiet("a", 0, { state: "closed", version: 2 }), all, whole))).toEqual(["b"]);
  const cut = { queued: null, others: { next: "2", last: items[1]! } };
  expect(ids(applied(items, quiet("z", -30), all, cut))).toEqual(["a", "b"]);
  expect(ids(applied(items, quiet("z", -30), all, whole))).toEqual(["a", "b", "z"]);
  const queued = quiet("q", -30, { state: "queued", agent: null, queued_at: at(-30) });
  expect(ids(applied(items, queued, all, cut))).toEqual(["q", "a", "b"]);
  expect(
    applied([quiet("a", -10, { version: 9 })], quiet("a", 0, { version: 8 }), all, whole)[0]!.version,
  ).toBe(9);
});

test("many are moved, each on its own: one that cannot be moved holds up no other", async () => {
  const post = vi.spyOn(api, "post").mockImplementation((_path, options) => {
    const { id } = (options as { path: { id: string } }).path;
    const answer = id === "b" ? Promise.reject(new Error("Ben is offline.")) : Promise.resolve(c(id, 0));
    return answer as Promise<never>;
  });
  const seen: number[] = [];
  const some = ["a", "b", "d", "e", "f", "g"].map((id) => c(id, 0));
  const { moved, failed } = await move(some, { agent_id: "u2" }, "", (done) => seen.push(done));
  expect(moved.map((one) => one.id).sort()).toEqual(["a", "d", "e", "f", "g"]);
  expect(failed.map((one) => one.conversation.id)).toEqual(["b"]);
  expect(seen.at(-1)).toBe(6);
  post.mockRestore();
});

test("the timer counts down to the target, and shows the whole wait once it is missed; a wait is red when its target is over", () => {
  const due = (seconds: number) => c("t", 0, { sla: { due_at: at(seconds), breached: seconds < 0 } });
  expect(dueTimer(due(90), NOW)).toMatchObject({ until: at(90) });
  expect(dueTimer(due(-5), NOW)).toMatchObject({ since: at(-64), alarm: 0 });
  expect(dueTimer(c("t", 0), NOW)).toBeNull();
  // No answer is due: what is due is the end, which shows once it is near.
  const ends = (seconds: number) => dueTimer({ ...due(seconds), answer_due_since: null }, NOW);
  expect(ends(7_200)).toBeNull();
  expect(ends(900)).toMatchObject({ kind: "end", until: at(900) });
  expect(ends(-5)).toMatchObject({ kind: "overdue", since: at(-5) });
  expect(rowTimer(due(90), NOW)).toMatchObject({ until: at(90) });
  const waits = { ...due(30), state: "queued" as const, queued_at: at(-30) };
  expect(rowTimer(waits, NOW)).toMatchObject({ since: at(-30), alarm: 60, warn: 20 });
});
