// All emoji with their names and search words, which are large and therefore loaded when a picker opens for the first
// time.
import { recall, remember } from "../kit/local";
import { locale } from "../kit/locale";
import { same } from "../kit/same";

export type Emoji = {
  text: string;
  name: string;
  /** the group it belongs to; a key of Unicode's order */
  group: number;
  tags: string[];
  /** the same in other skin tones */
  skins: string[];
};

type Entry = {
  unicode: string;
  label: string;
  group?: number;
  tags?: string[];
  skins?: { unicode: string }[];
};

/** Parts of emoji, which are not emoji on their own. */
const COMPONENTS = 2;
/** Skin tones from none to dark. */
export const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"] as const;
const MODIFIERS = /[\u{1f3fb}-\u{1f3ff}]/gu;

/** As Unicode writes it: a variation selector only where the plain character would be shown in black. */
const qualified = (text: string) => text.replace(/(\p{Emoji_Presentation})\ufe0f/gu, "$1");

export function toEmoji(entries: Entry[], inOwnLanguage: Entry[] = []): Emoji[] {
  const own = new Map(inOwnLanguage.map((entry) => [entry.unicode, entry]));
  return entries
    .filter(({ group }) => group !== undefined && group !== COMPONENTS)
    .map(({ unicode, label, group, tags = [], skins = [] }) => {
      const other = own.get(unicode);
      return {
        text: qualified(unicode),
        name: other?.label ?? label,
        group: group!,
        tags: other ? [label, ...tags, ...(other.tags ?? [])] : tags,
        skins: skins.map((skin) => qualified(skin.unicode)),
      };
    });
}

let loading: Promise<Emoji[]> | null = null;

/** Searchable in English and in the browser's language, where we have it. */
export function loadEmoji(): Promise<Emoji[]> {
  loading ??= Promise.all([
    import("emojibase-data/en/compact.json"),
    locale.startsWith("uk") ? import("emojibase-data/uk/compact.json") : { default: [] },
  ]).then(([english, own]) => toEmoji(english.default as Entry[], own.default as Entry[]));
  loading.catch(() => (loading = null));
  return loading;
}

const MOST_FOUND = 120;
/** A faster version of `same`, which is slow for thousands of words. */
const quick = (text: string) => (/^[ -~]*$/.test(text) ? text.toLowerCase() : same(text));
const known = new WeakMap<Emoji, { name: string; words: string[] }>();
function wordsOf(emoji: Emoji) {
  let words = known.get(emoji);
  if (!words) {
    const name = quick(emoji.name);
    words = {
      name,
      words: [...name.split(/[\s:,-]+/), ...emoji.tags.map(quick).flatMap((tag) => tag.split(" "))],
    };
    known.set(emoji, words);
  }
  return words;
}

/** The emoji for which every typed word is the prefix of one of their words; matches at the start of a name come
    first. */
export function findEmoji(all: Emoji[], typed: string): Emoji[] {
  const wanted = same(typed);
  const each = wanted.split(" ");
  const rank = (emoji: Emoji) => {
    const { name, words } = wordsOf(emoji);
    if (!each.every((begin) => words.some((word) => word.startsWith(begin)))) return 3;
    if (name === wanted || emoji.text === typed.trim()) return 0;
    return words.includes(wanted) || name.startsWith(wanted) ? 1 : 2;
  };
  return all
    .map((emoji) => ({ emoji, rank: rank(emoji) }))
    .filter((found) => found.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_FOUND)
    .map(({ emoji }) => emoji);
}

/** The emoji in a skin tone, if it has one; of two people, both in that tone. */
export function toned(emoji: Emoji, tone: string): string {
  const fits = (skin: string) => {
    const modifiers = skin.match(MODIFIERS) ?? [];
    return modifiers.length > 0 && modifiers.every((modifier) => modifier === tone);
  };
  return (tone && emoji.skins.find(fits)) || emoji.text;
}

const MOST_RECENT = 24;
export const recentEmoji = (): string[] => recall<string[]>("emoji.recent", []);
export function used(text: string): void {
  remember("emoji.recent", [text, ...recentEmoji().filter((other) => other !== text)].slice(0, MOST_RECENT));
}
export const chosenTone = (): string => recall("emoji.tone", "");
export const chooseTone = (tone: string): void => remember("emoji.tone", tone || null);
