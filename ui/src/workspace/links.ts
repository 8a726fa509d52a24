// Finds addresses in people's words. Only http and https become links; nothing is ever HTML.

export type Part = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/giu;

export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    // A full stop or bracket after an address belongs to the sentence.
    const address = found[0].replace(/[.,;:!?)\]}»”’]+$/u, "");
    if (!URL.canParse(address)) continue;
    if (found.index > at) parts.push({ text: text.slice(at, found.index) });
    parts.push({ text: address, href: address });
    at = found.index + address.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}
