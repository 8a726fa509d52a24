// What the server writes in English, in the language of the page. Its sentences are known by their text, with a place for each
// value: `messages/server.uk.json`, and `meta.uk.json` for what Meta's errors mean. One that is not listed is shown as it came. Only pages in that language load this.
import meta from "../../messages/meta.uk.json";
import sentences from "../../messages/server.uk.json";

type Rule = {
  pattern: RegExp;
  /** the places in their order; what is quoted there is someone's own words */
  names: { name: string; quoted: boolean }[];
  text: string;
  /** the longest part without a place: most texts do not have it */
  part: string;
};

const whole = new Map<string, string>();
const rules: Rule[] = [];
for (const [english, text] of [...Object.entries(sentences), ...Object.entries(meta)]) {
  const names: Rule["names"] = [];
  const parts = english.split(/(?<!\{)\{(\w+)\}(?!\})/);
  const pattern = parts
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      names.push({ name: part, quoted: /["“]$/.test(parts[index - 1] ?? "") });
      if (part === "number") return "(\\d[\\d.,]*)";
      // A phrase that ends with a name is one item of a list.
      return index === parts.length - 2 && parts[index + 1] === '"' ? '([^"]+)' : "(.+?)";
    })
    .join("");
  if (names.length === 0) whole.set(english, text);
  else rules.push({ pattern: new RegExp(`^${pattern}$`, "s"), names, text, part: longest(parts) });
}
function longest(parts: string[]): string {
  const between = parts.filter((_, index) => index % 2 === 0);
  return between.reduce((best, part) => (part.length > best.length ? part : best)).replace(/\.$/, "");
}
// What says more is tried first: "after {waited} in {queue}" before "after {waited}".
rules.sort((a, b) => literal(b) - literal(a));
function literal(rule: Rule): number {
  return rule.pattern.source.length - 5 * rule.names.length;
}

/** No sentences of the server are as long, but texts that people wrote are. */
const LONGEST = 3_000;

/** A text of the server in the page's language; as it came if any part of it is not known. */
export function translate(text: string): string {
  if (text.length > LONGEST) return text;
  return within(
    text,
    rules.filter(({ part }) => text.includes(part)),
  );
}

/** Part of a text, by the rules that fit any part of it. */
const within = (text: string, near: Rule[]): string => known(text, near) ?? named(text, near) ?? text;

const known = (text: string, near: Rule[]): string | null =>
  whole.get(text) ?? joined(sentencesOf(text), near);

const sentencesOf = (text: string) => text.split(/(?<=[.?!]) (?=["“]?\p{Lu})/u);

/** Several are often put together. What is known as a whole is taken as one. */
function joined(parts: string[], near: Rule[]): string | null {
  for (let count = parts.length; count > 0; count--) {
    const first = one(parts.slice(0, count).join(" "), near);
    if (first === null) continue;
    if (count === parts.length) return first;
    const rest = joined(parts.slice(count), near);
    if (rest !== null) return `${first} ${rest}`;
  }
  return null;
}

/** What is said about something: its name, a colon, and a sentence. */
function named(text: string, near: Rule[]): string | null {
  for (const { index } of text.matchAll(/: /g)) {
    const about = known(text.slice(index + 2), near);
    if (about !== null) return `${text.slice(0, index)}: ${about}`;
  }
  return null;
}

function one(text: string, near: Rule[]): string | null {
  const exact = whole.get(text) ?? titled(text);
  if (exact !== undefined) return exact;
  for (const { pattern, names, text: into } of near) {
    const found = pattern.exec(text)?.slice(1);
    if (!found) continue;
    const values = found.map((value, index) => (names[index]!.quoted ? value : phrase(value, near)));
    if (values.includes(null)) continue;
    return into.replace(
      /(?<!\{)\{(\w+)\}(?!\})/g,
      (place, name: string) => values[names.findIndex((it) => it.name === name)] ?? place,
    );
  }
  return null;
}

/** A title, as a sentence. */
const titled = (text: string) =>
  text.endsWith(".") && whole.has(text.slice(0, -1)) ? `${whole.get(text.slice(0, -1))}.` : undefined;

/** A value: a phrase of ours, several, a sentence without its full stop, or a name. Null if it continues into other sentences. */
function phrase(value: string, near: Rule[]): string | null {
  const as = within(value, near);
  if (as !== value) return as;
  const stopped = known(`${value}.`, near);
  if (stopped !== null) return stopped.replace(/\.$/, "");
  const [, ...others] = sentencesOf(`${value}.`);
  if (others.some((_, index) => joined(others.slice(index), near) !== null)) return null;
  // A list: what is not a name begins with an article or a number.
  const items = value.split(/, (?=(?:[^"]*"[^"]*")*[^"]*$)/);
  return items.map((item) => (/^(an?|the|\d+) /.test(item) ? within(item, near) : item)).join(", ");
}
