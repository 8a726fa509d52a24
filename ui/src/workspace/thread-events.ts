// Words for the events of a thread, by code and arguments. A code that this page does not know yet is shown in the
// server's English.
import type { Conversation, Message, ThreadEvent } from "../api/models";
import { clockTime, hourMinute, shortDay } from "../kit/format";
import { m } from "../paraglide/messages.js";
import { bookingTitle } from "./extras";

type Args<Code extends ThreadEvent["code"]> = Extract<ThreadEvent, { code: Code }>["args"];
type Receiver = Args<"control_taken_by_agent">["from"];

/** What an event says. */
export function eventWords(message: Pick<Message, "event" | "text">): string {
  return (message.event && words(message.event)) ?? message.text ?? "";
}

function words(event: ThreadEvent): string | null {
  switch (event.code) {
    case "to_queue":
      return m.event_to_queue({ queue: event.args.queue ?? m.queue_none() });
    case "accepted":
      return m.event_accepted({
        agent: event.args.agent,
        time: clockTime(event.args.waited_seconds),
      });
    case "taken_over":
      return m.event_taken_over(event.args);
    case "transferred_to_queue":
      return m.event_transferred({ by: event.args.by, to: event.args.queue });
    case "transferred_to_agent":
      return m.event_transferred({ by: event.args.by, to: event.args.agent });
    case "transfer_offered":
      return m.event_transfer_offered(event.args);
    case "transfer_returned":
      return returned(event.args);
    case "transferred_to_bot":
      return m.event_transferred_to_bot(event.args);
    case "requeued":
      return requeued(event.args);
    case "overflowed":
      return event.args.cause === "full"
        ? m.event_overflowed_full(event.args)
        : m.event_overflowed_waited(event.args);
    case "agent_silent":
      return m.event_agent_silent({ agent: event.args.agent, time: clockTime(event.args.seconds) });
    case "snoozed":
      return event.args.until
        ? m.event_snoozed({
            by: event.args.by,
            when: `${shortDay(event.args.until, Date.now())}, ${hourMinute(event.args.until)}`,
          })
        : m.event_snoozed_waiting(event.args);
    case "snooze_ended":
      return snoozeEnded(event.args);
    case "reopened_by_customer":
      return event.args.queued ? m.event_back_queued(event.args) : m.event_back(event.args);
    case "invited":
      return m.event_invited(event.args);
    case "joined":
      return m.event_joined(event.args);
    case "invitation_ended":
      return invitationEnded(event.args);
    case "left":
      return event.args.by
        ? m.event_removed({ by: event.args.by, agent: event.args.agent })
        : m.event_left(event.args);
    case "closed":
      return closedBy(event.args.by, event.args.reason);
    case "reopened":
      return m.event_reopened(event.args);
    case "closed_by_bot":
      return closedBy(m.who_bot(), event.args.reason);
    case "closed_by_system":
      return closedBySystem(event.args.cause);
    case "texts_left_out":
      return m.event_texts_left_out({ hours: String(event.args.hours) });
    case "template_not_sent":
      return templateNotSent(event.args);
    case "flow_failed":
      return m.event_flow_failed({ node: event.args.node });
    case "entry_point_used":
      return m.event_entry_point_used(event.args);
    case "private_reply":
      return privateReply(event.args);
    case "private_reply_elsewhere": {
      const by = event.args.by ?? m.someone();
      const { reply } = event.args;
      return reply ? m.event_reply_elsewhere_quote({ by, quote: reply }) : m.event_reply_elsewhere({ by });
    }
    default:
      return controlWords(event) ?? customerWords(event);
  }
}

/** A message template of the flow's was not sent. */
export function templateNotSent({ template, cause }: Args<"template_not_sent">): string | null {
  switch (cause) {
    case "not_on_channel":
      return m.event_template_not_on_channel({ template });
    case "unknown":
      return m.event_template_unknown({ template });
    case "not_approved":
      return m.event_template_not_approved({ template });
    case "variables":
      return m.event_template_variables({ template });
    case "marketing_stopped":
      return m.event_template_marketing_stopped({ template });
    default:
      return null;
  }
}

function requeued({ agent, cause }: Args<"requeued">): string | null {
  switch (cause) {
    case "deactivated":
      return m.event_requeued_deactivated({ agent });
    case "not_agent":
      return m.event_requeued_not_agent({ agent });
    case "connection_lost":
      return m.event_requeued_connection_lost({ agent });
    case "went_offline":
      return m.event_requeued_went_offline({ agent });
    case "silent":
      return m.event_requeued_silent({ agent });
    default:
      return null;
  }
}

function snoozeEnded({ cause, by, agent, queued }: Args<"snooze_ended">): string {
  if (cause === "hand") return m.event_snooze_ended_by({ by: by ?? agent });
  if (cause === "customer") return queued ? m.event_back_queued({ agent }) : m.event_back({ agent });
  return queued ? m.event_snooze_over_queued({ agent }) : m.event_snooze_over({ agent });
}

function invitationEnded({ agent, cause }: Args<"invitation_ended">): string {
  if (cause === "declined") return m.event_invitation_declined({ agent });
  if (cause === "missed") return m.event_invitation_missed({ agent });
  return cause === "taken_back"
    ? m.event_invitation_taken_back({ agent })
    : m.event_invitation_unavailable({ agent });
}

/** A colleague did not accept a transfer. */
function returned({ agent, to, cause }: Args<"transfer_returned">): string {
  if (cause === "taken_back" && to) return m.event_transfer_taken_back({ agent, to });
  if (cause === "declined")
    return to ? m.event_transfer_declined({ agent, to }) : m.event_transfer_declined_queue({ agent });
  if (cause === "missed")
    return to ? m.event_transfer_missed({ agent, to }) : m.event_transfer_missed_queue({ agent });
  return to ? m.event_transfer_unavailable({ agent, to }) : m.event_transfer_unavailable_queue({ agent });
}

const closedBy = (by: string, reason: string | null) =>
  reason ? m.event_closed_reason({ by, reason }) : m.event_closed({ by });

function closedBySystem(cause: Args<"closed_by_system">["cause"]): string | null {
  switch (cause) {
    case "page_removed":
      return m.event_closed_page_removed();
    case "gateway_removed":
      return m.event_closed_gateway_removed();
    case "entry_point_used":
      return m.event_closed_entry_point_used();
    case "entry_point_ended":
      return m.event_closed_entry_point_ended();
    case "continued_elsewhere":
      return m.event_closed_continued_elsewhere();
    case "customer_silent":
      return m.event_closed_customer_silent();
    default:
      return null;
  }
}

function privateReply({ by, to, quote, removed }: Args<"private_reply">): string {
  const post = to === "post";
  if (removed) return post ? m.event_reply_post_removed({ by }) : m.event_reply_comment_removed({ by });
  if (!quote) return post ? m.event_reply_post({ by }) : m.event_reply_comment({ by });
  return post ? m.event_reply_post_quote({ by, quote }) : m.event_reply_comment_quote({ by, quote });
}

/** Who may answer: one app at a time. */
function controlWords(event: ThreadEvent): string | null {
  switch (event.code) {
    case "control_taken_by_agent":
      return m.event_control_taken_from({ by: event.args.by, from: receiver(event.args.from) });
    case "control_passed_by_agent":
      return m.event_control_passed({ from: event.args.by, to: receiver(event.args.to) });
    case "control_requested":
      return m.event_control_requested({ by: receiverFirst(event.args.by ?? { kind: "app", id: null }) });
    case "control_taken": {
      const { from, to } = event.args;
      if (!to) return released(from);
      return from
        ? m.event_control_taken_from({ by: receiverFirst(to), from: receiver(from) })
        : m.event_control_taken({ by: receiverFirst(to) });
    }
    case "control_passed": {
      const { from, to } = event.args;
      if (!to) return released(from);
      return from
        ? m.event_control_passed({ from: receiverFirst(from), to: receiver(to) })
        : m.event_control_passed_to({ to: receiver(to) });
    }
    default:
      return null;
  }
}

const released = (from: Receiver | null) =>
  from ? m.event_control_released({ by: receiverFirst(from) }) : m.event_control_changed();

/** An app's name within a sentence. */
function receiver(app: Receiver): string {
  if (app.kind === "deskbell") return m.receiver_deskbell();
  if (app.kind === "inbox") return m.receiver_inbox();
  return app.id ? m.receiver_app({ id: app.id }) : m.receiver_other();
}

/** An app's name at the beginning of a sentence. */
function receiverFirst(app: Receiver): string {
  if (app.kind === "deskbell") return m.receiver_deskbell();
  if (app.kind === "inbox") return m.receiver_inbox_first();
  return app.id ? m.receiver_app_first({ id: app.id }) : m.receiver_other_first();
}

/** Who answers a conversation instead of Deskbell, at the beginning of a sentence. */
export const holderName = (held: NonNullable<Conversation["held_by"]>) =>
  receiverFirst(held.kind === "inbox" ? { kind: "inbox" } : { kind: "app", id: held.app_id ?? null });

/** What customers do besides writing. */
function customerWords(event: ThreadEvent): string | null {
  switch (event.code) {
    case "account_linked":
      return m.event_account_linked();
    case "account_unlinked":
      return m.event_account_unlinked();
    case "opted_in":
      return about(m.event_opted_in(), event.args.subject);
    case "notifications_allowed":
      return about(m.event_notifications_allowed(), event.args.subject);
    case "notifications_stopped":
      return about(m.event_notifications_stopped(), event.args.subject);
    case "one_notification_requested":
      return about(m.event_one_notification(), event.args.subject);
    case "answer_rated":
      return valued(m.event_answer_rated(), event.args.rating);
    case "feedback_given":
      return valued(m.event_feedback(), event.args.answers.map(answer).join(", "));
    case "coupon_opened":
      return valued(m.event_coupon(), event.args.coupon);
    case "form_filled_in":
      return valued(m.event_form(), event.args.form);
    case "appointment_changed":
      return appointment(event.args.status);
    default:
      return null;
  }
}

const about = (sentence: string, subject: string | null) =>
  subject ? m.event_about({ sentence, subject }) : sentence;
const valued = (sentence: string, value: string | null) =>
  value ? m.event_value({ sentence, value }) : sentence;
const answer = ({ text, written }: Args<"feedback_given">["answers"][number]) =>
  written ? m.event_quote({ text }) : text;

function appointment(status: string | null): string {
  return status ? bookingTitle({ status }) : m.event_appointment_changed();
}
