// Events of a thread are worded here, by code and arguments.
import { expect, test } from "vitest";
import type { Message, ThreadEvent } from "../../src/api/models";
import { eventWords, holderName } from "../../src/workspace/thread-events";

type Of<Code extends ThreadEvent["code"]> = Extract<ThreadEvent, { code: Code }>;
// One of each code: the compiler refuses a table that leaves one out.
const all: { [Code in ThreadEvent["code"]]: [Of<Code>["args"], string] } = {
  to_queue: [{ queue: "General" }, "Bot handed over to General"],
  flow_failed: [
    { node: "order", fault: { code: "too_long", args: {} } },
    "The flow failed at its step “order”. An agent takes over.",
  ],
  accepted: [{ agent: "Ben", waited_seconds: 3_730 }, "Ben accepted after 1:02:10"],
  taken_over: [{ by: "Ben" }, "Ben took over"],
  transferred_to_queue: [{ by: "Ben", queue: "Orders" }, "Ben transferred to Orders"],
  transferred_to_agent: [{ by: "Ben", agent: "Carla" }, "Ben transferred to Carla"],
  transferred_to_bot: [{ by: "Ben" }, "Ben handed the conversation back to the bot"],
  requeued: [
    { agent: "Ben", cause: "connection_lost" },
    "Ben disconnected. The conversation is back in the queue",
  ],
  overflowed: [
    { from: "General", to: "Backup", cause: "full" },
    "General is full. The customer waits in Backup",
  ],
  agent_silent: [
    { agent: "Ben", seconds: 120 },
    "Ben has not answered for 2:00. After another 2:00 the conversation goes to a colleague",
  ],
  transfer_offered: [{ by: "Ben", agent: "Carla" }, "Ben offered the conversation to Carla"],
  transfer_returned: [
    { agent: "Carla", to: "Ben", cause: "declined" },
    "Carla declined. The conversation is back with Ben",
  ],
  snoozed: [{ by: "Ben", until: null }, "Ben set the conversation aside until the customer writes"],
  snooze_ended: [
    { cause: "time", by: null, agent: "Ben", queued: true },
    "The snooze is over. Ben is not available, so the customer is waiting in the queue",
  ],
  reopened_by_customer: [
    { agent: "Ben", queued: false },
    "The customer wrote again. The conversation is back with Ben",
  ],
  invited: [{ by: "Ben", agent: "Carla" }, "Ben invited Carla"],
  joined: [{ agent: "Carla" }, "Carla joined"],
  invitation_ended: [{ agent: "Carla", cause: "missed" }, "Carla did not answer the invitation"],
  left: [{ agent: "Carla", by: "Ben" }, "Ben removed Carla"],
  reopened: [{ by: "Ben" }, "Ben reopened the conversation"],
  closed: [{ by: "Ben", reason: "Solved" }, "Ben closed the conversation: Solved"],
  closed_by_bot: [{ reason: null }, "Bot closed the conversation"],
  closed_by_system: [{ cause: "page_removed" }, "The account was removed from Deskbell"],
  texts_left_out: [
    { hours: 24 },
    "Automatic texts were not sent: they are allowed within 24 hours of the customer’s last message",
  ],
  template_not_sent: [
    { template: "order_update", cause: "not_approved" },
    "The template order_update was not sent: Meta has not approved it, or has paused it",
  ],
  entry_point_used: [
    { name: "Spring" },
    "The customer asked for “Spring”. Close this conversation, then ask them to use the link or the code word again",
  ],
  control_taken_by_agent: [
    { by: "Ben", from: { kind: "app", id: "7" } },
    "Ben took the conversation over from the app 7",
  ],
  control_passed_by_agent: [
    { by: "Ben", to: { kind: "inbox" } },
    "Ben handed the conversation to the Page inbox",
  ],
  control_taken: [
    { from: { kind: "deskbell" }, to: { kind: "inbox" } },
    "The Page inbox took the conversation over from Deskbell",
  ],
  control_passed: [{ from: { kind: "deskbell" }, to: null }, "Deskbell released the conversation"],
  control_requested: [{ by: null }, "Another app asks to answer in this conversation"],
  private_reply: [
    { by: "Ben", to: "post", quote: "How much?", removed: false },
    "Ben replied privately to a post: “How much?”",
  ],
  private_reply_elsewhere: [
    { by: null, reply: "Hi" },
    "Someone replied privately to a comment of this customer: “Hi”",
  ],
  account_linked: [{}, "The customer linked their account"],
  account_unlinked: [{}, "The customer unlinked their account"],
  opted_in: [{ subject: "signup" }, "The customer opted in on a website (signup)"],
  notifications_allowed: [{ subject: null }, "The customer agreed to notifications"],
  notifications_stopped: [{ subject: "News" }, "The customer stopped notifications (News)"],
  one_notification_requested: [
    { subject: "back in stock" },
    "The customer asked to be notified once (back in stock)",
  ],
  answer_rated: [{ rating: "Good" }, "The customer rated an answer: Good"],
  feedback_given: [
    {
      answers: [
        { text: "4", written: false },
        { text: "quick", written: true },
      ],
    },
    "The customer answered the feedback form: 4, “quick”",
  ],
  coupon_opened: [{ coupon: "SAVE10" }, "The customer opened a coupon: SAVE10"],
  form_filled_in: [{ form: null }, "The customer filled in a form"],
  appointment_changed: [{ status: "confirmed" }, "Appointment confirmed"],
};

const message = (event: unknown, text = "the server’s English") =>
  ({ event, text }) as Pick<Message, "event" | "text">;

test.each(Object.entries(all))("%s is worded from its arguments", (code, [args, words]) => {
  expect(eventWords(message({ code, args }))).toBe(words);
});

test("what this page does not know is shown in the server’s English", () => {
  expect(eventWords(message({ code: "something_newer", args: { by: "Ben" } }))).toBe("the server’s English");
  const cause = { code: "requeued", args: { agent: "Ben", cause: "something_newer" } };
  expect(eventWords(message(cause))).toBe("the server’s English");
  expect(eventWords(message(null))).toBe("the server’s English");
});

test("a removed comment is not quoted", () => {
  const args = { by: "Ben", to: "comment", quote: null, removed: true };
  expect(eventWords(message({ code: "private_reply", args }))).toBe(
    "Ben replied privately to a comment that has since been removed",
  );
});

test("whoever holds a conversation has a name at the beginning of a sentence", () => {
  expect(holderName({ kind: "inbox", app_id: "1", name: "the Page inbox" })).toBe("The Page inbox");
  expect(holderName({ kind: "app", app_id: "7", name: "the app 7" })).toBe("The app 7");
  expect(holderName({ kind: "app", app_id: null, name: "another app" })).toBe("Another app");
});
