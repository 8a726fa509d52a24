// Dates as people read and type them: in the order and with the marks of their locale. Their values are what native
// date fields have, "2026-11-29" and "2026-11-29T14:30".
import { hourMinute } from "./format";
import { locale } from "./locale";

type Part = "day" | "month" | "year";
const numeric = (of: string) =>
  new Intl.DateTimeFormat(of, { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC" });
const utc = (day: string) => new Date(`${day}T00:00:00Z`);
const two = (n: number) => String(n).padStart(2, "0");

/** "29/11/2026", "11/29/2026", "29.11.2026", with the time of "2026-11-29T14:30" behind it. */
export function writeDate(value: string, of = locale): string {
  const [day = "", time] = value.split("T");
  if (!day || Number.isNaN(utc(day).getTime())) return "";
  const written = numeric(of).format(utc(day));
  return time ? `${written}, ${hourMinute(`${day}T${time}`)}` : written;
}

/** What such a date looks like, by letters: "dd/mm/yyyy". */
export const dateShape = (letters: Record<Part, string>, of = locale): string =>
  numeric(of)
    .formatToParts(0)
    .map(({ type, value }) => (type in letters ? letters[type as Part] : value))
    .join("");

/** The value of what was typed, in the order of the locale or with the year first; null if it is none. */
export function readDate(text: string, withTime = false, of = locale): string | null {
  const numbers = (text.match(/\d+/g) ?? []).map(Number);
  if (numbers.length < 3 || numbers.length > 5) return null;
  const parts = numeric(of)
    .formatToParts(0)
    .map(({ type }) => type)
    .filter((type): type is Part => type === "day" || type === "month" || type === "year");
  const order: Part[] = /^\D*\d{4}/.test(text) ? ["year", "month", "day"] : parts;
  const at = (part: Part) => numbers[order.indexOf(part)] ?? 0;
  const year = at("year") < 100 ? 2000 + at("year") : at("year");
  const day = `${year}-${two(at("month"))}-${two(at("day"))}`;
  const date = utc(day);
  // A day that does not exist, such as 31 February, is taken for one of the next month.
  if (year < 1000 || Number.isNaN(date.getTime()) || dayOf(date) !== day) return null;
  if (!withTime) return numbers.length === 3 ? day : null;
  const [, , , hour, minute = 0] = numbers;
  if (hour === undefined) return null;
  const isPm = /p\.?\s?m/i.test(text);
  const isAm = /a\.?\s?m/i.test(text);
  if (hour > (isAm || isPm ? 12 : 23) || minute > 59) return null;
  const hours = isAm || isPm ? (hour % 12) + (isPm ? 12 : 0) : hour;
  return `${day}T${two(hours)}:${two(minute)}`;
}

/** A moment as the value of a field, in the viewer's time zone. */
export function localInput(time: number | string | Date): string {
  const at = new Date(time);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
export const localDay = (time: number | string | Date) => localInput(time).slice(0, 10);

const dayOf = (date: Date) => date.toISOString().slice(0, 10);

/** The day this number of days later, or earlier if negative. */
export function plusDays(day: string, days: number): string {
  const date = utc(day);
  date.setUTCDate(date.getUTCDate() + days);
  return dayOf(date);
}

/** The same day of another month, or its last one if that month is shorter. */
export function plusMonths(day: string, months: number): string {
  const date = utc(day);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return plusDays(dayOf(first), Math.min(date.getUTCDate(), last) - 1);
}

/** The first day of the week, 0 for Monday. */
export function weekStart(of = locale): number {
  const known = new Intl.Locale(of) as Intl.Locale & {
    weekInfo?: { firstDay: number };
    getWeekInfo?: () => { firstDay: number };
  };
  return ((known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1) - 1;
}

/** How many days a day is behind the beginning of its week. */
export const daysIntoWeek = (day: string, of = locale): number =>
  (utc(day).getUTCDay() + 6 - weekStart(of) + 7) % 7;

/** The weeks that a month is part of, each of seven days. */
export function weeksOf(day: string, of = locale): string[][] {
  const first = `${day.slice(0, 7)}-01`;
  const begin = plusDays(first, -daysIntoWeek(first, of));
  const weeks: string[][] = [];
  for (let at = begin; at < plusMonths(first, 1); at = plusDays(at, 7))
    weeks.push([0, 1, 2, 3, 4, 5, 6].map((days) => plusDays(at, days)));
  return weeks;
}

const monthFormat = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" });
const longFormat = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });
export const monthName = (day: string) => monthFormat.format(utc(day));
export const longDay = (day: string) => longFormat.format(utc(day));
