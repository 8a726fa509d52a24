// Times and numbers in the viewer's time zone and format.

import { m } from "../paraglide/messages.js";
import { language, locale } from "./locale";

const hourFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const dayYearFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
const weekdayFormat = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const fullFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

export const hourMinute = (time: string | number) => hourFormat.format(new Date(time));
export const fullTime = (time: string | number) => fullFormat.format(new Date(time));

/** The short name of a day of the week, 0 for Monday. 1 January 2024 was one. */
export const weekday = (index: number) =>
  new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + index));

/** The local day, as a key for grouping. */
export function dayKey(time: string | number): string {
  const d = new Date(time);
  return `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
}

/** "3 May", with the year when it is another one. */
export function shortDay(time: string | number, now: number): string {
  const d = new Date(time);
  return (d.getFullYear() === new Date(now).getFullYear() ? dayFormat : dayYearFormat).format(d);
}

/** "Today", "Yesterday" or "Monday, 4 May" for dividers. */
export function dayName(time: string | number, now: number): string {
  const days = daysBetween(time, now);
  if (days <= 1 && days >= 0) {
    const word = relative.format(-days, "day");
    return word.charAt(0).toUpperCase() + word.slice(1);
  }
  const d = new Date(time);
  return d.getFullYear() === new Date(now).getFullYear() ? weekdayFormat.format(d) : dayYearFormat.format(d);
}

/** Today the time only; else the day too. */
export const dayAndTime = (time: string | number, now: number) =>
  daysBetween(time, now) === 0 ? hourMinute(time) : `${shortDay(time, now)}, ${hourMinute(time)}`;

/** When a day ("2026-11-29") begins here, or this number of days later. */
export function dayStart(day: string, later = 0): string {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return at.toISOString();
}

/** Time today, else the day: for lists. */
export function listTime(time: string | number, now: number): string {
  return daysBetween(time, now) === 0 ? hourMinute(time) : shortDay(time, now);
}

/** "just now", "3 minutes ago", "yesterday". */
export function ago(time: string | number, now: number): string {
  const seconds = Math.max(0, Math.round((now - new Date(time).getTime()) / 1000));
  if (seconds < 45) return m.just_now();
  if (seconds < 45 * 60) return relative.format(-Math.max(1, Math.round(seconds / 60)), "minute");
  if (seconds < 22 * 3600) return relative.format(-Math.max(1, Math.round(seconds / 3600)), "hour");
  return relative.format(-Math.max(1, Math.round(seconds / 86400)), "day");
}

/** Seconds as "0:41", "12:05", "1:02:41". */
export function clockTime(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const min = Math.floor((s % 3600) / 60);
  return h > 0 ? `${h}:${two(min)}:${two(s % 60)}` : `${min}:${two(s % 60)}`;
}

/** Seconds in words of two units: "23 h 41 m", "1 m 40 s", "6 d 2 h". */
export function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return m.unit_s({ n: s });
  if (s < 3600) return two(m.unit_m({ n: Math.floor(s / 60) }), s % 60, m.unit_s);
  if (s < 86400 * 2) return two(m.unit_h({ n: Math.floor(s / 3600) }), Math.floor((s % 3600) / 60), m.unit_m);
  return two(m.unit_d({ n: Math.floor(s / 86400) }), Math.floor((s % 86400) / 3600), m.unit_h);
}

function two(whole: string, rest: number, unit: (of: { n: number }) => string): string {
  return rest === 0 ? whole : `${whole} ${unit({ n: rest })}`;
}

export function fileSize(bytes: number): string {
  const units = ["kilobyte", "megabyte", "gigabyte"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[unit]!,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

function daysBetween(time: string | number, now: number): number {
  const day = (t: string | number) => {
    const d = new Date(t);
    return Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
  };
  return Math.round((day(now) - day(time)) / 86_400_000);
}
