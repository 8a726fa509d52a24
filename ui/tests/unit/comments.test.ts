import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "../../src/api/client";
import { live } from "../../src/api/live.svelte";
import type { Comment } from "../../src/api/models";
import { standing } from "../../src/workspace/comments/labels";
import { CommentList, unsettled } from "../../src/workspace/comments/list.svelte";
import { opened } from "../../src/workspace/opened";
import { comment } from "../fixtures/comments";

const days = (left: number) => () => left;

describe("the standing of a private reply", () => {
  it("is silent while there is time, and hurries on the last day", () => {
    expect(standing(comment, days(5))).toBeNull();
    expect(standing(comment, days(0.4))?.tone).toBe("wait");
  });
  it("tells why there can be none any more", () => {
    expect(standing({ ...comment, reply_until: null }, days(0))?.word).toContain("7 days");
    expect(standing({ ...comment, reply_until: null, state: "removed" }, days(0))?.word).toBe("Removed");
  });
  it("says that it is done, and who said so", () => {
    const done = { ...comment, done_at: "2026-11-21T10:00:00Z", done_by: "Ben", needs_answer: false };
    expect(standing(done, days(5))).toMatchObject({ word: "Done", detail: "Ben marked it as done." });
  });
  it("tells what became of the one that was sent, and why it failed", () => {
    expect(standing({ ...comment, reply_until: null, reply_status: "read" }, days(0))?.tone).toBe("ok");
    const failed = {
      ...comment,
      reply_status: "failed" as const,
      reply_error: {
        code: 551,
        subcode: 0,
        reason: "They blocked the Page.",
        action: "Nothing can be done.",
        cause: {
          code: "channel" as const,
          args: { case: "listed" as const, code: 551, subcode: 0 },
        },
      },
    };
    expect(standing(failed, days(5))).toMatchObject({
      tone: "alarm",
      detail: "They blocked the Page. Nothing can be done.",
    });
  });
  it("looks again only at what can still change by itself", () => {
    expect(unsettled(comment)).toBe(false);
    expect(unsettled({ ...comment, reply_status: "queued" })).toBe(true);
  });
});

describe("the list of comments", () => {
  let list: CommentList;
  let stop: () => void;
  let asked: Record<string, unknown>[];
  let events: Map<string, () => void>;
  let stored: { open: Comment[]; others: Comment[] };
  const ids = () => list.items.map(({ id }) => id);
  const settled = () => vi.advanceTimersByTimeAsync(1_000);

  beforeEach(() => {
    vi.useFakeTimers();
    [asked, events] = [[], new Map()];
    const done = { ...comment, needs_answer: false };
    stored = {
      open: Array.from({ length: 60 }, (_, i) => ({ ...comment, id: `o${i}` })),
      others: [{ ...done, id: "d0" }],
    };
    vi.spyOn(live, "on").mockImplementation((name, handler) => {
      events.set(name, handler as () => void);
      return () => {};
    });
    vi.spyOn(live, "onLive").mockReturnValue(() => {});
    vi.spyOn(api, "get").mockImplementation(((path: string, { query = {} }: { query?: object } = {}) => {
      if (path === "/comments/count") return Promise.resolve({ needs_answer: stored.open.length });
      asked.push({ path, ...query });
      const { needs_answer, limit, cursor } = query as {
        needs_answer?: boolean;
        limit: number;
        cursor?: string;
      };
      const all = needs_answer === false ? stored.others : stored.open;
      const from = Number(cursor ?? 0);
      const next = from + limit < all.length ? String(from + limit) : null;
      return Promise.resolve({ items: all.slice(from, from + limit), next });
    }) as typeof api.get);
    list = new CommentList();
    stop = list.start();
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("counts while it is folded, and reads nothing else", async () => {
    await settled();
    expect(list.count).toBe(60);
    expect(asked).toEqual([]);
  });
  it("has those that need an answer first, and then the others, page by page", async () => {
    list.open(true);
    await settled();
    expect([ids().length, ids()[0], list.hasMore]).toEqual([50, "o0", true]);
    await list.more();
    expect(ids().length).toBe(60);
    await list.more();
    expect([ids().at(-1), list.hasMore]).toEqual(["d0", false]);
  });
  it("reads again as far as it was read when a comment is new", async () => {
    list.open(true);
    await settled();
    await list.more();
    stored.open.unshift({ ...comment, id: "new" });
    events.get("comment")!();
    await settled();
    expect([ids()[0], ids().length, list.hasMore, list.count]).toEqual(["new", 60, true, 61]);
  });
  it("asks for what the filter names, of one account if one is chosen", async () => {
    list.open(true);
    await settled();
    list.filter("hidden", "200");
    await settled();
    expect(asked.at(-1)).toEqual({ path: "/pages/{page_id}/comments", state: "hidden", limit: 50 });
    expect(list.accounts.get("200")).toBe("Lavka");
  });
});

describe("what is open in Workspace", () => {
  it("is a conversation, a comment, or neither", () => {
    expect(opened("/workspace/7")).toEqual({ conversation: "7", comment: null });
    expect(opened("/workspace/comments/7")).toEqual({ conversation: null, comment: "7" });
    expect(opened("/workspace/comments")).toEqual({ conversation: null, comment: null });
  });
});
