// Texts for failures of messages, by code and arguments. The channel's own error numbers, errors that the composer
// prevents, and codes that this page does not know yet are shown in the server's English.
import type { Conversation, MessageError } from "../api/models";
import { fromServer } from "../api/from-server";
import { m } from "../paraglide/messages.js";

export type FailureWords = { reason: string; action: string };

/** What happened, and what to do next. */
export const failureWords = (error: MessageError): FailureWords =>
  words(error.cause) ?? { reason: fromServer(error.reason), action: fromServer(error.action) };

/** Both in one line. */
export const failureLine = (error: MessageError): string => line(failureWords(error));

/** Why no one may write to the customer now; null while someone may, or if only the server can say it. */
export function closedWindowLine(window: Conversation["window"]): string | null {
  const known = window.cause ? words(window.cause) : null;
  return known ? line(known) : window.reason ? fromServer(window.reason) : null;
}

const line = ({ reason, action }: FailureWords): string => `${reason} ${action}`.trim();

function words(cause: MessageError["cause"]): FailureWords | null {
  switch (cause.code) {
    case "store_unreachable":
      return { reason: m.failure_store(), action: m.failure_tried_again() };
    case "gateway_deleted":
      return { reason: m.failure_gateway_deleted(), action: m.failure_connect_again() };
    case "page_removed":
      return { reason: m.failure_page_removed(), action: m.failure_connect_again() };
    case "customer_gone":
      return { reason: m.failure_customer_gone(), action: m.failure_nothing() };
    case "marketing_refused":
      return { reason: m.failure_marketing_refused(), action: m.failure_other_messages() };
    case "disconnected":
      return { reason: m.failure_disconnected(), action: m.failure_reconnect() };
    case "reaction_disconnected":
      return { reason: m.failure_disconnected(), action: m.failure_reconnect_reaction() };
    case "reaction_delayed":
      return { reason: m.failure_reaction_delayed(), action: m.failure_tried_again() };
    case "reaction_target_unknown":
      return { reason: m.failure_reaction_target(), action: m.failure_react_elsewhere() };
    case "file_lost":
      return { reason: m.failure_file_lost(), action: m.failure_attach_again() };
    case "file_not_stored":
      return { reason: m.failure_file_not_stored(), action: m.failure_attach_again() };
    case "not_shown":
      return { reason: m.failure_not_shown(), action: m.failure_send_again() };
    case "not_visible":
      return { reason: m.failure_not_visible(), action: m.failure_look_first() };
    default:
      return windowWords(cause) ?? commentWords(cause);
  }
}

/** Why no one can write to the customer now. */
function windowWords(cause: MessageError["cause"]): FailureWords | null {
  switch (cause.code) {
    case "window_never_opened":
      return { reason: m.failure_window_never(), action: m.failure_window_opens(cause.args) };
    case "window_closed_to_bots":
      return { reason: m.failure_window_bots(cause.args), action: m.failure_window_again(cause.args) };
    case "window_closed":
      // 0 days: the channel has no feature that keeps it open longer for people.
      return {
        reason: m.failure_window(cause.args),
        action:
          cause.args.days > 0 ? m.failure_window_feature(cause.args) : m.failure_window_again(cause.args),
      };
    case "window_closed_to_people":
      return { reason: m.failure_window_people(cause.args), action: m.failure_window_again(cause.args) };
    default:
      return null;
  }
}

/** Why a comment cannot have a private reply. */
function commentWords(cause: MessageError["cause"]): FailureWords | null {
  switch (cause.code) {
    case "comment_answered":
      return { reason: m.failure_comment_answered(), action: m.failure_comment_go_on() };
    case "comment_removed":
      return { reason: m.failure_comment_removed(), action: m.failure_nothing() };
    case "comment_too_old":
      return { reason: m.failure_comment_old(cause.args), action: m.failure_comment_publicly() };
    default:
      return null;
  }
}
