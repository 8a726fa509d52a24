// Meta's information about a number, as text: how customers rate it, how many it may write to, whether its name is
// approved.
import type { ConnectedAccount } from "../../../api/models";
import { m } from "../../../paraglide/messages.js";
import { locale } from "../../../kit/locale";
import type { Tone } from "../labels";

type Details = ConnectedAccount["details"];
type Rated = { tone: Tone; text: string };

/** A rating of Meta's, of a number or of a template. */
export function quality(word: string | null): Rated {
  const known: Record<string, Rated> = {
    GREEN: { tone: "ok", text: m.admin_wa_quality_high() },
    YELLOW: { tone: "wait", text: m.admin_wa_quality_medium() },
    RED: { tone: "alarm", text: m.admin_wa_quality_low() },
  };
  return known[word ?? ""] ?? { tone: "neutral", text: m.admin_wa_quality_none() };
}

/** "TIER_2K" as text; null if Meta reports none. */
export function limit(word: string | null): string | null {
  if (!word) return null;
  const [, digits, thousands] = /^TIER_(\d+)(K?)$/u.exec(word) ?? [];
  if (digits) {
    const count = Number(digits) * (thousands ? 1_000 : 1);
    return m.admin_wa_limit({ count: new Intl.NumberFormat(locale).format(count) });
  }
  return word === "TIER_UNLIMITED" ? m.admin_wa_limit_none() : word;
}

/** The state of the name that customers see; null where there is nothing to report. */
export function nameState(word: string | null): Rated | null {
  const known: Record<string, Rated> = {
    APPROVED: { tone: "ok", text: m.admin_wa_name_approved() },
    AVAILABLE_WITHOUT_REVIEW: { tone: "ok", text: m.admin_wa_name_approved() },
    PENDING_REVIEW: { tone: "wait", text: m.admin_wa_name_pending() },
    DECLINED: { tone: "alarm", text: m.admin_wa_name_declined() },
    EXPIRED: { tone: "alarm", text: m.admin_wa_name_expired() },
  };
  return known[word ?? ""] ?? null;
}

/** Whether the number has to be registered before it can send. */
export const unregistered = (details: Details): boolean =>
  details.platform ? details.platform !== "CLOUD_API" : details.status === "PENDING";
