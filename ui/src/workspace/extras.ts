// What a message shows in addition to its text: places, links, cards, appointments, where the customer came from.
import { hourMinute, shortDay } from "../kit/format";
import type { Booking, Card, Message, Referral } from "../api/models";
import { m } from "../paraglide/messages.js";

/** A link to a map of the place, on a site that gets no data about us. Null if it is not a place. */
export function mapLink(place: number[] | null | undefined): string | null {
  const [lat, long] = place ?? [];
  if (lat === undefined || long === undefined || !Number.isFinite(lat) || !Number.isFinite(long)) return null;
  if (Math.abs(lat) > 90 || Math.abs(long) > 180) return null;
  return `https://www.openstreetmap.org/?mlat=${lat}&mlon=${long}#map=16/${lat}/${long}`;
}

/** "50.45000, 30.52300". */
export const placeWords = (place: number[]) =>
  place
    .slice(0, 2)
    .map((degrees) => degrees.toFixed(5))
    .join(", ");

/** The name of a place, and the lines below it: its address, otherwise its coordinates. */
export function placeName({ text, location }: Pick<Message, "text" | "location">): {
  name: string;
  below: string;
} {
  const degrees = placeWords(location ?? []);
  const [name, ...lines] = (text ?? "").split("\n").filter((line) => line.trim());
  return name ? { name, below: lines.join("\n") || degrees } : { name: degrees, below: "" };
}

/** The server puts cards and appointments into words for lists and searches; next to the card they would appear
    twice. */
export function ownWords(
  message: Pick<Message, "text" | "cards" | "booking" | "kind" | "story" | "view_once" | "location">,
): string | null {
  if (!message.text) return null;
  if (message.kind === "share" && message.story?.kind === "mention") return null;
  if (message.kind === "unsupported" && message.view_once) return null;
  if (message.kind === "referral") return null;
  if (message.kind === "location" && message.location) return null;
  if (message.booking && message.text.startsWith("Appointment ")) return null;
  return message.cards?.length && message.text === cardWords(message.cards) ? null : message.text;
}

function cardWords(cards: Card[]): string {
  return cards
    .flatMap((c) => (c.title && c.subtitle ? [`${c.title} (${c.subtitle})`] : [c.title ?? c.subtitle ?? ""]))
    .filter(Boolean)
    .join("\n");
}

/** A web address, or null: nothing else becomes a link. */
export function webLink(address: string | null | undefined): string | null {
  if (!address || !URL.canParse(address)) return null;
  return /^https?:$/u.test(new URL(address).protocol) ? address : null;
}

/** The site of an address, for people. */
export const siteOf = (address: string) => new URL(address).hostname.replace(/^www\./u, "");

export function bookingTitle(booking: Pick<Booking, "status">): string {
  switch (booking.status) {
    case "requested":
      return m.booking_requested();
    case "confirmed":
      return m.booking_confirmed();
    case "declined":
      return m.booking_declined();
    case "cancelled":
      return m.booking_cancelled();
    default:
      return m.booking_changed({ status: booking.status });
  }
}

/** "5 Mar, 14:00 – 15:00" in the agent's own time zone. */
export function bookingTime(booking: Booking, now: number): string | null {
  if (!booking.starts_at) return null;
  const start = `${shortDay(booking.starts_at, now)}, ${hourMinute(booking.starts_at)}`;
  return booking.ends_at ? `${start} – ${hourMinute(booking.ends_at)}` : start;
}

export const cameBy = (referral: Referral) =>
  referral.source === "ADS" || referral.ad_id ? m.referral_ad() : m.referral_link();

/** Its name: that of the advertisement, otherwise the link's own text. */
export function referralName(referral: Referral): string | null {
  if (referral.title) return referral.title;
  if (referral.ad_id) return m.referral_ad_id({ id: referral.ad_id });
  return referral.ref ? m.referral_ref({ ref: referral.ref }) : null;
}
