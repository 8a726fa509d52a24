// Reports: what numbers and rows are called, and the days of a range.
import { expect, test } from "vitest";
import { columnOf, DRAWN, labelOf, marksOf, NAMES, shown, topOf, type Row } from "../../src/reports/columns";
import { dayIn, rangeOf } from "../../src/reports/range";

test("a range ends with today in the time zone that was chosen", () => {
  const late = Date.parse("2026-11-30T23:30:00Z");
  expect(dayIn("Europe/Kyiv", late)).toBe("2026-12-01");
  expect(rangeOf("7", "Europe/Kyiv", late)).toEqual({ from: "2026-11-25", to: "2026-12-01" });
  expect(rangeOf("1", "America/New_York", late)).toEqual({ from: "2026-11-30", to: "2026-11-30" });
});

test("numbers are written as what they are, and a dash stands where there is none", () => {
  expect(shown("wait_median_seconds", 100)).toBe("1 m 40 s");
  expect(shown("service_level", 0.875)).toBe("87.5%");
  expect(shown("score_average", 4.25)).toBe("4.25");
  expect(shown("started", 12_345)).toBe("12,345");
  expect(shown("service_level", null)).toBe("–");
  expect([topOf("service_level"), topOf("score_average"), topOf("started")]).toEqual([1, 5, null]);
});

test("the marks of an axis are whole numbers, and of times whole seconds, minutes, hours and days", () => {
  expect(marksOf("service_level")).toBeNull();
  expect(marksOf("started")!.slice(0, 5)).toEqual([1, 2, 5, 10, 20]);
  const times = marksOf("wait_median_seconds")!;
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  expect(times.every((it) => it < 60 || it % 60 === 0)).toBe(true);
  expect([300, 3_600, 86_400].every((it) => times.includes(it))).toBe(true);
});

test("every column that is drawn has a name, and one of a newer server is shown under its own", () => {
  for (const column of NAMES.flatMap((name) => DRAWN[name])) expect(columnOf(column)).not.toBe(column);
  expect(columnOf("score_4")).toBe("Score 4");
  expect(columnOf("from_the_future")).toBe("from_the_future");
});

test("what has no queue and what is a day is said in words", () => {
  const row = (key: string, label = key): Row => ({ key, label });
  expect(labelOf(row("", "No queue"), "queue")).toBe("No queue");
  expect(labelOf(row("5", "General"), "queue")).toBe("General");
  expect(labelOf(row("2026-11-30"), "day")).toBe("Mon 30 Nov");
  expect(labelOf(row("2026-10-25T03:00+02:00"), "hour")).toBe("Sun 25 Oct, 03:00");
  expect(labelOf(row("2026-W49"), "week")).toBe("2026-W49");
});
