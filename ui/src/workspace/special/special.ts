// Messages that are more than words and files: which of them a channel has, and what goes into the request.
import type { Capabilities, NewMessage } from "../../api/models";
import { webLink } from "../extras";

export type SpecialKind =
  "choices" | "list" | "link" | "card" | "location" | "contact" | "ask_location" | "heart";

/** What can be sent on a channel, in the order of the menu. */
export function offered(channel: Capabilities | undefined): SpecialKind[] {
  if (!channel) return [];
  const has = (special: string) => channel.specials.includes(special);
  const kinds: [SpecialKind, boolean][] = [
    ["choices", channel.quick_replies > 0],
    ["list", channel.lists > 0],
    ["link", has("link") || channel.template_types.includes("button")],
    ["card", channel.template_types.includes("generic")],
    ["location", has("location")],
    ["contact", has("contacts")],
    ["ask_location", has("ask_location")],
    ["heart", has("heart")],
  ];
  return kinds.filter(([, yes]) => yes).map(([kind]) => kind);
}

/** A place in "50.45, 30.52", or in the address of a map that was copied from the browser. Null for anything else. */
export function placeFrom(written: string): { latitude: number; longitude: number } | null {
  const number = String.raw`(-?\d{1,3}(?:\.\d+)?)`;
  const forms = [
    new RegExp(`mlat=${number}&mlon=${number}`),
    new RegExp(`@${number},${number}`),
    new RegExp(`[?&](?:q|query|ll|center)=${number}(?:,|%2C)${number}`, "i"),
    new RegExp(`^\\s*${number}\\s*[,;\\s]\\s*${number}\\s*$`),
  ];
  for (const form of forms) {
    const found = form.exec(written);
    if (!found) continue;
    const [latitude, longitude] = [Number(found[1]), Number(found[2])];
    if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return { latitude, longitude };
  }
  return null;
}

const given = (text: string): string | undefined => text.trim() || undefined;
const filled = (rows: readonly string[]): string[] => rows.map((row) => row.trim()).filter(Boolean);

export const locationOf = (place: string, name: string, address: string): NewMessage | null => {
  const found = placeFrom(place);
  return found && { location: { ...found, name: given(name) ?? null, address: given(address) ?? null } };
};

export const contactOf = (
  name: string,
  phone: string,
  email: string,
  organization: string,
): NewMessage | null => {
  const [phones, emails] = [filled([phone]), filled([email])];
  if (!name.trim() || phones.length + emails.length === 0) return null;
  return { contacts: [{ name: name.trim(), phones, emails, organization: given(organization) ?? null }] };
};

export const choicesOf = (text: string, titles: readonly string[]): NewMessage | null => {
  const choices = filled(titles);
  return text.trim() && choices.length > 0 ? { text: text.trim(), quick_replies: choices } : null;
};

export type Row = { title: string; description: string };
export const listOf = (text: string, button: string, rows: readonly Row[]): NewMessage | null => {
  const shown = rows.filter((row) => row.title.trim());
  if (!text.trim() || !button.trim() || shown.length === 0) return null;
  // The thread shows the title that the customer chose, so the id only needs to be unique.
  const ids = shown.map(({ title, description }, i) => ({
    id: `${i + 1}`,
    title: title.trim(),
    description: given(description) ?? null,
  }));
  return { text: text.trim(), list: { button: button.trim(), sections: [{ rows: ids }] } };
};

/** A button that opens a page: of its own where the channel has such, else a card's. */
export const linkOf = (
  channel: Capabilities,
  text: string,
  title: string,
  address: string,
): NewMessage | null => {
  const url = webLink(address.trim());
  if (!text.trim() || !title.trim() || !url) return null;
  const link = { title: title.trim(), url };
  if (channel.specials.includes("link")) return { text: text.trim(), link };
  return { template: { type: "button", text: text.trim(), buttons: [{ type: "web_url", ...link }] } };
};

/** Something is written that is no address of a page: a form is not sent until it is one. */
export const isWrongLink = (address: string): boolean =>
  address.trim() !== "" && webLink(address.trim()) === null;

export type CardFields = { title: string; subtitle: string; picture: string; button: string; url: string };
export const cardOf = (fields: CardFields): NewMessage | null => {
  const [picture, url] = [webLink(fields.picture.trim()), webLink(fields.url.trim())];
  // A card is more than its title; a button leads somewhere.
  const more = given(fields.subtitle) ?? picture ?? url;
  if (!fields.title.trim() || !more || isWrongLink(fields.picture) || isWrongLink(fields.url)) return null;
  const title = given(fields.button);
  if (title && !url) return null;
  return {
    template: {
      type: "generic",
      elements: [
        {
          title: fields.title.trim(),
          subtitle: given(fields.subtitle) ?? null,
          image_url: picture,
          url,
          ...(title && url ? { buttons: [{ type: "web_url" as const, title, url }] } : {}),
        },
      ],
    },
  };
};

export const askLocationOf = (text: string): NewMessage | null =>
  text.trim() ? { text: text.trim(), ask_location: true } : null;
