// "@" in a note: whom it may become, and who is mentioned in the text as it is.
import type { Agent } from "../api/models";
import { fits, same } from "../kit/same";

/** The word after "@", if the text up to the caret ends with a name that is being typed. */
export function atWord(textToCaret: string): string | null {
  return /(?:^|[\s(])@([\p{L}\p{M}\p{N}’'._-]*)$/u.exec(textToCaret)?.[1] ?? null;
}

/** The colleagues whom the typed word may mean: whose name begins with it first. */
export function namesLike(word: string, colleagues: readonly Agent[]): Agent[] {
  const wanted = same(word);
  const rank = ({ name }: Agent) => (same(name).startsWith(wanted) ? 0 : fits(word, name) ? 1 : 2);
  return colleagues
    .filter((one) => rank(one) < 2)
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, 8);
}

/** Where a name is mentioned: not in an e-mail address, and not as the beginning of a longer name. */
function mentionOf(name: string): RegExp {
  const literally = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])@${literally}(?![\\p{L}\\p{M}\\p{N}])`, "gu");
}

/**
 * Who is mentioned: whose "@Name" is in the text. A longer name comes first, so that "@Ben Smith" is not Ben too. Of several
 * with one name those who were chosen.
 */
export function mentionedIn(
  text: string,
  colleagues: readonly Agent[],
  chosen: ReadonlySet<string>,
): Agent[] {
  const names = [...new Set(colleagues.map(({ name }) => name))].sort((a, b) => b.length - a.length);
  let rest = text;
  const found = names.filter((name) => {
    const before = rest;
    rest = rest.replace(mentionOf(name), " ");
    return rest !== before;
  });
  return found.flatMap((name) => {
    const all = colleagues.filter((one) => one.name === name);
    const picked = all.filter(({ id }) => chosen.has(id));
    return picked.length > 0 ? picked : all;
  });
}
