// Dates are shown and understood as the language of the page writes them, whatever the browser's is.
import { expect, test } from "vitest";
import {
  dateShape,
  daysIntoWeek,
  plusDays,
  plusMonths,
  readDate,
  weeksOf,
  writeDate,
} from "../../src/kit/dates";

const letters = { day: "dd", month: "mm", year: "yyyy" };

test.each([
  ["en-GB", "29/11/2026", "dd/mm/yyyy"],
  ["en-US", "11/29/2026", "mm/dd/yyyy"],
  ["uk", "29.11.2026", "dd.mm.yyyy"],
])("%s writes %s, and reads it", (locale, text, shape) => {
  expect(writeDate("2026-11-29", locale)).toBe(text);
  expect(dateShape(letters, locale)).toBe(shape);
  expect(readDate(text, false, locale)).toBe("2026-11-29");
  const moment = writeDate("2026-11-29T09:05", locale);
  expect(readDate(moment, true, locale)).toBe("2026-11-29T09:05");
});

test("what is typed may be shorter, have other marks, or have the year first", () => {
  const read = (text: string, time = false) => readDate(text, time, "en-GB");
  expect(["9/1/26", "9-1-2026", " 9. 1. 2026 ", "2026-01-09"].map((text) => read(text))).toEqual(
    Array(4).fill("2026-01-09"),
  );
  expect([read("9/1/26 9:05", true), read("9/1/26, 12:05 pm", true), read("9/1/26 12 a.m.", true)]).toEqual([
    "2026-01-09T09:05",
    "2026-01-09T12:05",
    "2026-01-09T00:00",
  ]);
});

test("what is no date is none, and no other day is made of it", () => {
  for (const text of ["", "soon", "9/1", "31/2/2026", "1/13/2026", "1/1/0", "9/1/2026 10:00"])
    expect(readDate(text, false, "en-GB")).toBe(text === "1/1/0" ? "2000-01-01" : null);
  for (const text of ["9/1/2026", "9/1/2026 24:00", "9/1/2026 9:60", "9/1/2026 13 pm"])
    expect(readDate(text, true, "en-GB")).toBeNull();
  expect(writeDate("", "en-GB")).toBe("");
});

test("a calendar goes by days and months, and a month has whole weeks that begin as the locale's do", () => {
  expect([plusDays("2026-12-31", 1), plusMonths("2026-12-31", 2), plusMonths("2026-03-31", -1)]).toEqual([
    "2027-01-01",
    "2027-02-28",
    "2026-02-28",
  ]);
  const [first] = weeksOf("2026-11-15", "en-GB");
  expect(first).toEqual(
    ["26", "27", "28", "29", "30", "31"].map((day) => `2026-10-${day}`).concat("2026-11-01"),
  );
  expect(weeksOf("2026-11-15", "en-US")[0]![0]).toBe("2026-11-01");
  expect(weeksOf("2026-11-15", "uk").at(-1)!.at(-1)).toBe("2026-12-06");
  expect(daysIntoWeek("2026-11-01", "en-GB")).toBe(6);
});
