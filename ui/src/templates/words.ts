// Meta's information about a template, as text: its category, which determines the price, its state and its language.
import type { MessageTemplate } from "../api/models";
import { locale } from "../kit/locale";
import { m } from "../paraglide/messages.js";

type Tone = "neutral" | "ok" | "wait" | "alarm";

/** A value of Meta's that we don't know yet, in a readable form: "IN_APPEAL" becomes "In appeal". */
function plain(word: string): string {
  const low = word.toLowerCase().replaceAll("_", " ");
  return low.charAt(0).toUpperCase() + low.slice(1);
}

export function categoryName(category: string): string {
  const known: Record<string, () => string> = {
    MARKETING: m.mt_marketing,
    UTILITY: m.mt_utility,
    AUTHENTICATION: m.mt_authentication,
  };
  return known[category.toUpperCase()]?.() ?? plain(category);
}

/** What the category means for the price; null for an unknown one. */
export function costOf(category: string): string | null {
  const known: Record<string, () => string> = {
    MARKETING: m.mt_cost_marketing,
    UTILITY: m.mt_cost_utility,
    AUTHENTICATION: m.mt_cost_authentication,
  };
  return known[category.toUpperCase()]?.() ?? null;
}

type Known = { tone: Tone; name: () => string; text: () => string };
const STATUS: Record<string, Known> = {
  APPROVED: { tone: "ok", name: m.mt_approved, text: m.mt_approved_text },
  PENDING: { tone: "wait", name: m.mt_pending, text: m.mt_pending_text },
  REJECTED: { tone: "alarm", name: m.mt_rejected, text: m.mt_rejected_text },
  PAUSED: { tone: "wait", name: m.mt_paused, text: m.mt_paused_text },
  DISABLED: { tone: "alarm", name: m.mt_disabled, text: m.mt_disabled_text },
};

/** Its state as Meta reports it, and what that means. */
export function statusOf(status: string): { tone: Tone; name: string; text: string } {
  const known = STATUS[status.toUpperCase()];
  return known
    ? { tone: known.tone, name: known.name(), text: known.text() }
    : { tone: "neutral", name: plain(status), text: m.mt_unknown_text() };
}

/** The name of a language such as "en_US". */
export function languageName({ language }: Pick<MessageTemplate, "language">): string {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(language.replaceAll("_", "-")) ?? language;
  } catch {
    return language;
  }
}
