// What the server writes in English, in the language of the page. Its sentences are known by their text, with a place for each
// value: `messages/server.uk.json`, and `meta.uk.json` for what Meta's errors mean. One that is not listed is shown as it came. Only pages in that language load this.
import meta from "../../messages/meta.uk.json";
import sentences from "../../messages/server.uk.json";

type Rule = { pattern: RegExp; names: string[]; text: string };

const whole = new Map<string, string>();
const rules: Rule[] = [];
for (const [english, text] of [...Object.entries(sentences), ...Object.entries(meta)]) {
  const names: string[] = [];
  const parts = english.split(/(?<!\{)\{(\w+)\}(?!\})/);
  const pattern = parts
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      names.push(part);
      return "(.+?)";
    })
    .join("");
  if (names.length === 0) whole.set(english, text);
  else rules.push({ pattern: new RegExp(`^${pattern}$`, "s"), names, text });
}
// What says more is tried first: "after {waited} in {queue}" before "after {waited}".
rules.sort((a, b) => literal(b) - literal(a));
function literal(rule: Rule): number {
  return rule.pattern.source.length - 5 * rule.names.length;
}

/** A text of the server in the page's language; as it came if any part of it is not known. */
export function translate(text: string): string {
  const found = one(text);
  if (found !== null) return found;
  // Several sentences are often put together of some that are known.
  const parts = text.split(/(?<=[.?!]) (?=\p{Lu})/u).map(one);
  return parts.length > 1 && parts.every((part) => part !== null) ? parts.join(" ") : text;
}

function one(text: string): string | null {
  const exact = whole.get(text);
  if (exact !== undefined) return exact;
  for (const { pattern, names, text: into } of rules) {
    const match = pattern.exec(text);
    if (!match) continue;
    // A value may be a phrase of ours, or a name.
    const values = new Map(names.map((name, index) => [name, translate(match[index + 1]!)]));
    return into.replace(/(?<!\{)\{(\w+)\}(?!\})/g, (place, name: string) => values.get(name) ?? place);
  }
  return null;
}
