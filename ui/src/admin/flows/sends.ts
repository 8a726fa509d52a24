// The two forms of a node that sends: a text with what belongs to it, or a message template with a port for failure.
import type { SendNode as Send } from "./model";

/** The node as one that sends a template: the one that it had before, or one to be chosen. */
export function asTemplate(node: Send, before: Send | null): Send {
  const { quick_replies: _choices, template: _cards, ...rest } = node;
  const message_template = before?.message_template ?? { name: "", language: "", variables: {} };
  return { ...rest, text: "", message_template, ...(before?.on_error && { on_error: before.on_error }) };
}

/** The node as one that sends a text: the text that it had before. */
export function asText(node: Send, before: Send | null): Send {
  const { message_template: _template, on_error: _way, ...rest } = node;
  const { text = "", quick_replies, template } = before ?? {};
  return { ...rest, text, ...(quick_replies && { quick_replies }), ...(template && { template }) };
}

/** Whether a problem's field has its own place in the form of the template. */
export const hasTemplatePlace = (field: string): boolean =>
  /^\/(on_error|message_template\/variables\/.+)$/u.test(field);
