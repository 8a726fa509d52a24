// Message templates: what has to be filled in, and how the customer reads it. The variables follow the rules of
// crates/domain/src/message_template; the server checks lengths and values.
import type { ContactIdentity, MessageTemplate, TemplateVariable } from "../api/models";
import { m } from "../paraglide/messages.js";

/** The values, by the keys of the template's variables. */
export type Values = Record<string, string>;

/** A variable, as a form shows it. */
export type Place = { key: string; label: string; hint?: string; error: string | undefined };

/** A part of a text: fixed text, or a variable with its value. */
export type Piece = { text: string; key?: string };

type Component = MessageTemplate["components"][number];

/** Within one account, name and language identify a template. */
export const keyOf = (template: MessageTemplate) => `${template.name} ${template.language}`;

export const component = (template: MessageTemplate, type: Component["type"]): Component | undefined =>
  template.components.find((one) => one.type === type);

/** A text split at its variables. The keys of a header's variables begin with `header.`, those of the body have no
    prefix. */
export function pieces(text: string, prefix: string, values: Values): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const place of text.matchAll(/\{\{(.*?)\}\}/gsu)) {
    if (place.index > end) found.push({ text: text.slice(end, place.index) });
    const key = prefix + place[1]!.trim();
    found.push({ key, text: values[key] ?? "" });
    end = place.index + place[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** The values that an agent fills in. The payload of a button cannot be edited: without one the button's label is
    returned. */
export const asked = (template: MessageTemplate): TemplateVariable[] =>
  template.variables.filter((variable) => variable.required);

/** Whether all variables have values. */
export const isFilled = (template: MessageTemplate, values: Values): boolean =>
  asked(template).every(({ key }) => values[key]?.trim());

/** Only the variables of this template: the values of a previously selected one are dropped. */
export function valuesFor(template: MessageTemplate, values: Values): Values {
  return Object.fromEntries(asked(template).map(({ key }) => [key, (values[key] ?? "").trim()]));
}

/** The JSON pointer of a variable in the API's errors. */
export const pointerOf = (key: string) =>
  `/template/variables/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** The label of a field. */
export function labelOf(template: MessageTemplate, { key, kind }: TemplateVariable): string {
  if (kind === "image") return m.mt_header_picture();
  if (kind === "video") return m.mt_header_video();
  if (kind === "document") return m.mt_header_document();
  const button = /^button\.(\d+)$/u.exec(key)?.[1];
  if (button !== undefined) {
    const title = component(template, "buttons")?.buttons?.[Number(button)]?.text ?? "";
    return kind === "code" ? m.mt_code() : m.mt_link_end({ title });
  }
  const header = /^header\.(.+)$/u.exec(key)?.[1];
  return header === undefined ? m.mt_place({ name: key }) : m.mt_header_place({ name: header });
}

export const isMarketing = (template: MessageTemplate) => template.category.toUpperCase() === "MARKETING";

/** Since when a customer wants no marketing messages from an account; null if they may be sent. */
export function marketingStopped(
  identities: ContactIdentity[],
  account: { channel: string; id: string },
): string | null {
  const own = identities.filter((one) => one.channel === account.channel && one.account_id === account.id);
  // With several identities for one account we can't know which one applies; the server does.
  return own.length > 0 && own.every((one) => one.marketing_stopped_at)
    ? own[0]!.marketing_stopped_at!
    : null;
}
