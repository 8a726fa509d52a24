import { describe, expect, it } from "vitest";
import type { Comment } from "../../src/api/models";
import { standing, unsettled } from "../../src/admin/comments/labels";

const comment: Comment = {
  id: "1",
  page_id: "200",
  page_name: "Lavka",
  channel: "messenger",
  comment_id: "5_7",
  post_id: "5",
  parent_id: null,
  kind: "comment",
  from_id: "7",
  from_name: "Olena",
  text: "How much?",
  permalink: null,
  state: "shown",
  created_at: "2026-11-20T10:00:00Z",
  edited_at: null,
  reply_until: "2026-11-27T10:00:00Z",
  replied_at: null,
  reply_message_id: null,
  reply_conversation_id: null,
  reply_status: null,
  reply_error: null,
};
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
