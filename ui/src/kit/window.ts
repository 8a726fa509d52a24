// The arithmetic of a long list of which only the rows near the view are drawn.

/** Where each row begins, from the top of the list; one more at the end says where the list ends. */
export function placesOf(count: number, heightAt: (index: number) => number): Float64Array {
  const places = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) places[i + 1] = places[i]! + heightAt(i);
  return places;
}

/** The row at this distance from the top: the first above the list, the last below it, -1 if there is none. */
export function rowAt(places: Float64Array, y: number): number {
  let low = 0;
  let high = places.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (places[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return high < 0 ? -1 : low;
}

/** Whether the end of the list is in view, or so near below it that more of the list is wanted. A list that was scrolled past
    must not load itself to its end. */
export const wantsEnd = (places: Float64Array, from: number, to: number, near: number): boolean => {
  const end = places.at(-1)!;
  return to > from && end >= from && end < to + near;
};

/** Whether the beginning of the list is in view, or near above it. */
export const wantsStart = (from: number, to: number, near: number): boolean =>
  to > from && to >= 0 && from < near;

/** The rows that touch a stretch of the list, and the held one with its neighbours: arrow keys go on from there. */
export function drawnRows(places: Float64Array, from: number, to: number, held = -1): number[] {
  const count = places.length - 1;
  const rows = new Set<number>();
  if (count > 0 && to > 0 && from < places[count]!)
    for (let i = rowAt(places, from); i <= rowAt(places, to); i++) rows.add(i);
  if (held >= 0) for (let i = Math.max(0, held - 1); i <= Math.min(count - 1, held + 1); i++) rows.add(i);
  return [...rows].sort((a, b) => a - b);
}

/**
 * How far the view has to follow: what most of the rows have moved. One of them may have gone to another place in the list
 * on its own, such as a conversation with a new message: the view stays.
 */
export function commonShift(shifts: readonly number[]): number {
  return [...shifts].sort((a, b) => a - b)[shifts.length >> 1] ?? 0;
}
