// Finds addresses in messages. Only http and https become links; nothing is ever HTML.
import { LinkifyIt } from "linkify-it";

export type Part = { text: string; href?: string };

// A host without a scheme is often no address at all ("ok.thanks"), so only full addresses count.
const finder = new LinkifyIt({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
for (const schema of ["ftp:", "mailto:", "//"]) finder.add(schema, null);

export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const found of finder.match(text) ?? []) {
    // "http://user:password@host" is found up to the colon: half an address leads elsewhere.
    if (!URL.canParse(found.raw) || /^[:@]\S/.test(text.slice(found.lastIndex))) continue;
    if (found.index > at) parts.push({ text: text.slice(at, found.index) });
    parts.push({ text: found.raw, href: found.raw });
    at = found.lastIndex;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}
