// A Page's Messenger profile as the form edits it: Meta's own form, looked at one language at a time. What this form does not know
// (a field or a kind of menu item of Meta's) stays as it is.
import type { components } from "../../../api/schema";
import { m } from "../../../paraglide/messages.js";

type Schemas = components["schemas"];
export type Limits = Schemas["MessengerProfileLimits"];
export type Greeting = { locale: string; text: string };
export type Question = { question: string; payload: string };
export type MenuItem = { type: string; title: string; payload?: string; url?: string };
type Localised<T> = { locale: string; call_to_actions: T[] };
export type Profile = {
  greeting: Greeting[];
  get_started: { payload: string } | null;
  ice_breakers: Localised<Question>[];
  persistent_menu: Localised<MenuItem>[];
};
export type Property = keyof Profile;
export type Drift = { field: Property; wanted: unknown; found: unknown };
export type ProfileView = Profile & { drift: Drift[]; limits: Limits };

export const DEFAULT = "default";
/** What Get Started brings to the flow, if nothing else was set. */
export const START = "GET_STARTED";

export const only = ({ greeting, get_started, ice_breakers, persistent_menu }: Profile): Profile => ({
  greeting,
  get_started,
  ice_breakers,
  persistent_menu,
});

/** Languages that Messenger knows and businesses use; others that Meta has are shown too. */
const KNOWN = [
  "ar_AR",
  "cs_CZ",
  "de_DE",
  "el_GR",
  "en_GB",
  "en_US",
  "es_ES",
  "es_LA",
  "fr_FR",
  "he_IL",
  "hi_IN",
  "hu_HU",
  "it_IT",
  "ja_JP",
  "ko_KR",
  "nl_NL",
  "pl_PL",
  "pt_BR",
  "pt_PT",
  "ro_RO",
  "sk_SK",
  "sv_SE",
  "tr_TR",
  "uk_UA",
  "vi_VN",
  "zh_CN",
  "zh_TW",
];

/** The languages of a profile, the default one first. */
export function languages(profile: Profile): string[] {
  const all = [...profile.greeting, ...profile.ice_breakers, ...profile.persistent_menu].map(
    // Meta leaves it out where there is one language only.
    ({ locale }) => locale ?? DEFAULT,
  );
  return [DEFAULT, ...new Set(all.filter((locale) => locale !== DEFAULT))];
}
export const others = (taken: string[]): string[] => KNOWN.filter((locale) => !taken.includes(locale));

/** Meta's names of languages are not quite those of the standard. */
export function languageName(locale: string, shownIn: string): string {
  if (locale === DEFAULT) return m.admin_profile_default();
  const tag = { es_LA: "es-419", ar_AR: "ar" }[locale] ?? locale.replace("_", "-");
  try {
    return new Intl.DisplayNames([shownIn], { type: "language" }).of(tag) ?? locale;
  } catch {
    return locale;
  }
}

const isOf = (locale: string) => (it: { locale?: string }) => (it.locale ?? DEFAULT) === locale;

export const greetingOf = (profile: Profile, locale: string): string =>
  profile.greeting.find(isOf(locale))?.text ?? "";
export const questionsOf = (profile: Profile, locale: string): Question[] =>
  profile.ice_breakers.find(isOf(locale))?.call_to_actions ?? [];
export const itemsOf = (profile: Profile, locale: string): MenuItem[] =>
  profile.persistent_menu.find(isOf(locale))?.call_to_actions ?? [];

/** Where a language is in a list, for the places of errors; behind the last if it is not there. */
export function placeOf(list: { locale?: string }[], locale: string): number {
  const index = list.findIndex(isOf(locale));
  return index < 0 ? list.length : index;
}

/** An empty greeting is none. */
export function withGreeting(profile: Profile, locale: string, text: string): Profile {
  const rest = profile.greeting.filter((it) => !isOf(locale)(it));
  const at = placeOf(profile.greeting, locale);
  return { ...profile, greeting: text === "" ? rest : insert(rest, at, { locale, text }) };
}
export function withQuestions(profile: Profile, locale: string, list: Question[]): Profile {
  return { ...profile, ice_breakers: withActions(profile.ice_breakers, locale, list) };
}
/** A menu needs the Get Started button. */
export function withItems(profile: Profile, locale: string, list: MenuItem[]): Profile {
  const persistent_menu = withActions(profile.persistent_menu, locale, list);
  const get_started = profile.get_started ?? (persistent_menu.length > 0 ? { payload: START } : null);
  return { ...profile, persistent_menu, get_started };
}
export function without(profile: Profile, locale: string): Profile {
  return withItems(withQuestions(withGreeting(profile, locale, ""), locale, []), locale, []);
}

function withActions<T>(lists: Localised<T>[], locale: string, actions: T[]): Localised<T>[] {
  const before = lists.find(isOf(locale)) ?? { locale, call_to_actions: [] };
  const rest = lists.filter((it) => it !== before);
  if (actions.length === 0) return rest;
  return insert(rest, placeOf(lists, locale), { ...before, call_to_actions: actions });
}
const insert = <T>(list: T[], at: number, item: T): T[] => [...list.slice(0, at), item, ...list.slice(at)];

/** What a greeting may hold. */
export const NAMES = "{{user_first_name}}, {{user_last_name}}, {{user_full_name}}";

/** A greeting as one customer reads it. */
export const greeted = (text: string, person: { first: string; last: string }): string =>
  text
    .replaceAll("{{user_first_name}}", person.first)
    .replaceAll("{{user_last_name}}", person.last)
    .replaceAll("{{user_full_name}}", `${person.first} ${person.last}`);
