// A text with the places of what was searched for. Ranges count UTF-16 units, as the server gives them.
export type Highlight = { text: string; ranges: { start: number; end: number }[] };

/** The text in parts, every second of which was searched for. */
export function partsOf({ text, ranges }: Highlight): string[] {
  const ends = ranges.flatMap(({ start, end }) => [start, end]);
  return [...ends, text.length].map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}
