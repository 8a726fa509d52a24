// Which rows of a long list are drawn, and how far the view follows when rows move.
import { expect, test } from "vitest";
import { commonShift, drawnRows, placesOf, rowAt, wantsEnd, wantsStart } from "../../src/kit/window";

const heights = [50, 10, 200, 40];
const places = placesOf(heights.length, (i) => heights[i]!);

test("each row begins where the one before it ends", () => {
  expect([...places]).toEqual([0, 50, 60, 260, 300]);
  expect([...placesOf(0, () => 1)]).toEqual([0]);
});

test("the row at a distance, also beyond both ends", () => {
  expect([-5, 0, 49, 50, 59, 60, 259, 260, 9_999].map((y) => rowAt(places, y))).toEqual([
    0, 0, 0, 1, 1, 2, 2, 3, 3,
  ]);
  expect(
    rowAt(
      placesOf(0, () => 1),
      10,
    ),
  ).toBe(-1);
});

test("rows that touch the view are drawn, none of a list that is elsewhere", () => {
  expect(drawnRows(places, 55, 100)).toEqual([1, 2]);
  expect(drawnRows(places, -100, 20)).toEqual([0]);
  expect(drawnRows(places, -100, -1)).toEqual([]);
  expect(drawnRows(places, 300, 900)).toEqual([]);
  expect(
    drawnRows(
      placesOf(0, () => 1),
      0,
      900,
    ),
  ).toEqual([]);
});

test("of ten thousand rows only those in view are drawn, wherever that is", () => {
  const many = placesOf(10_000, (i) => 40 + (i % 7) * 13);
  for (const from of [0, 12_345, 400_000, many[10_000]! - 900]) {
    const rows = drawnRows(many, from, from + 900);
    expect(rows.length).toBeLessThan(24);
    expect(many[rows[0]!]!).toBeLessThanOrEqual(from);
    expect(many[rows.at(-1)! + 1]!).toBeGreaterThanOrEqual(from + 900);
  }
});

test("the row with the focus stays, with its neighbours, in the order of the list", () => {
  const many = placesOf(1_000, () => 10);
  expect(drawnRows(many, 5_000, 5_010, 3)).toEqual([2, 3, 4, 500, 501]);
  expect(drawnRows(many, 5_000, 5_010, 999)).toEqual([500, 501, 998, 999]);
  expect(drawnRows(many, 0, 10, 0)).toEqual([0, 1]);
});

test("the view follows what most rows do, not the one that went elsewhere", () => {
  expect(commonShift([56, 56, 56])).toBe(56);
  expect(commonShift([-5_600, 56, 56])).toBe(56);
  expect(commonShift([0, 0, 120])).toBe(0);
  expect(commonShift([])).toBe(0);
});

test("more is asked for near the end of the list, but not of a list that was scrolled past or is not in the page yet", () => {
  const long = placesOf(100, () => 56);
  const wants = (from: number) => wantsEnd(long, from, from + 900, 600);
  expect([wants(0), wants(4_000), wants(4_200), wants(5_500)]).toEqual([false, false, true, true]);
  expect([wants(5_700), wants(20_000)]).toEqual([false, false]);
  const none = placesOf(0, () => 56);
  expect([wantsEnd(none, -40, 860, 600), wantsEnd(none, 0, 0, 600)]).toEqual([true, false]);
  expect(wantsEnd(none, 2_000, 2_900, 600)).toBe(false);
});

test("earlier rows are asked for near the beginning of a list that is in view", () => {
  const wants = (from: number) => wantsStart(from, from + 900, 600);
  expect([wants(0), wants(500), wants(700), wants(-2_000)]).toEqual([true, true, false, false]);
});
