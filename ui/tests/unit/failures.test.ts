// Failures of messages are worded here, by code and arguments.
import { expect, test } from "vitest";
import type { MessageError } from "../../src/api/models";
import { closedWindowLine, failureLine, failureWords } from "../../src/workspace/failures";

type Cause = MessageError["cause"];
const english = { code: 0, subcode: 0, reason: "The server’s reason.", action: "The server’s advice." };
const error = (cause: unknown) => ({ ...english, cause: cause as Cause });

const worded: [Cause, string][] = [
  [{ code: "store_unreachable", args: {} }, "could not be read"],
  [{ code: "gateway_deleted", args: {} }, "gateway was deleted"],
  [{ code: "page_removed", args: {} }, "account was removed"],
  [{ code: "customer_gone", args: {} }, "is gone"],
  [{ code: "marketing_refused", args: {} }, "no marketing"],
  [{ code: "disconnected", args: {} }, "is then sent"],
  [{ code: "reaction_disconnected", args: {} }, "Then react again"],
  [{ code: "reaction_delayed", args: {} }, "not taken the reaction"],
  [{ code: "reaction_target_unknown", args: {} }, "React to another"],
  [{ code: "file_lost", args: {} }, "Attach it again"],
  [{ code: "file_not_stored", args: {} }, "doesn’t store"],
  [{ code: "not_shown", args: {} }, "most likely did not arrive"],
  [{ code: "not_visible", args: {} }, "may have been delivered"],
  [{ code: "window_never_opened", args: { hours: 24 } }, "can be sent for 24 hours"],
  [{ code: "window_closed_to_bots", args: { hours: 24 } }, "more than 24 hours old. After that, bots can no"],
  [{ code: "window_closed", args: { hours: 24, days: 7 } }, "write for 7 days"],
  [{ code: "window_closed_to_people", args: { hours: 24, days: 7 } }, "more than 7 days old"],
  [{ code: "comment_answered", args: {} }, "has had its private reply"],
  [{ code: "comment_removed", args: {} }, "no longer allows"],
  [
    { code: "comment_too_old", args: { days: 9, limit: 7 } },
    "9 days old. Meta allows a private reply within 7",
  ],
];

test.each(worded)("%o is worded from its arguments", (cause, words) => {
  const { reason, action } = failureWords(error(cause));
  expect(`${reason} ${action}`).toContain(words);
  for (const sentence of [reason, action]) expect(sentence).toMatch(/^[A-Z][^{}]*\.$/u);
});

test("what Meta’s numbers mean, and what this page does not know, is the server’s English", () => {
  for (const cause of [
    { code: "channel", args: { case: "listed", code: 190, subcode: 460 } },
    { code: "text_too_long", args: { length: 30_000, limit: 20_000 } },
    { code: "something_newer", args: {} },
  ])
    expect(failureLine(error(cause))).toBe("The server’s reason. The server’s advice.");
});

test("a closed window is worded here too", () => {
  const closed = {
    closes_at: null,
    human_agent_until: null,
    open: false,
    ground: null,
    reason: english.reason,
  };
  const late: Cause = { code: "window_closed", args: { hours: 24, days: 0 } };
  expect(closedWindowLine({ ...closed, cause: late })).toMatch(/more than 24 hours old\./u);
  expect(closedWindowLine({ ...closed, cause: { code: "new" } as unknown as Cause })).toBe(english.reason);
  expect(closedWindowLine({ ...closed, open: true, reason: null, cause: null })).toBeNull();
});
