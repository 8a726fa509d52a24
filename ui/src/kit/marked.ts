// A text with the positions of the search words. Ranges are in UTF-16 units, as in the API.
export type Highlight = { text: string; ranges: { start: number; end: number }[] };

/** The text in parts, every second of which is a match. */
export function partsOf({ text, ranges }: Highlight): string[] {
  const ends = ranges.flatMap(({ start, end }) => [start, end]);
  return [...ends, text.length].map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}
