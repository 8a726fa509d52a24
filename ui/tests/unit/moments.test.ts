// The usual moments to come, and what a date field takes.
import { expect, test } from "vitest";
import { localInput } from "../../src/kit/dates";
import { moments } from "../../src/workspace/moments";

const at = (text: string) => new Date(text).getTime();
const shown = (now: string) => moments(at(now)).map(({ key, at }) => `${key} ${localInput(at)}`);

test("later today, tomorrow morning and the morning of next Monday", () => {
  // A Wednesday.
  expect(shown("2026-11-25T10:20:00")).toEqual([
    "later 2026-11-25T13:00",
    "tomorrow 2026-11-26T09:00",
    "week 2026-11-30T09:00",
  ]);
});

test("in the evening nothing is later today", () => {
  for (const now of ["2026-11-25T19:00:00", "2026-11-25T23:30:00"])
    expect(moments(at(now)).map(({ key }) => key)).toEqual(["tomorrow", "week"]);
});

test("next week is a week that has not begun, and never tomorrow twice", () => {
  expect(shown("2026-11-30T08:00:00").at(-1)).toBe("week 2026-12-07T09:00"); // a Monday
  expect(shown("2026-11-29T08:00:00").at(-1)).toBe("week 2026-12-07T09:00"); // a Sunday
  expect(shown("2026-12-31T08:00:00").at(-1)).toBe("week 2027-01-04T09:00");
});
