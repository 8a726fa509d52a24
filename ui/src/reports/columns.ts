// What each report shows: its texts, the format of its numbers, and which of them are drawn.
import { span } from "../kit/format";
import { locale } from "../kit/locale";
import { m } from "../paraglide/messages.js";

export const NAMES = ["volume", "response", "handling", "sla", "csat", "agents", "abandoned"] as const;
export type Name = (typeof NAMES)[number];
export const GROUPINGS = ["hour", "day", "week", "queue", "agent", "account", "label", "channel"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const isTime = (by: Grouping) => by === "hour" || by === "day" || by === "week";

export type Row = { key: string; label: string } & Record<string, number | string | null>;
export type Report = {
  columns: string[];
  rows: Row[];
  total: Record<string, number | null>;
  complete: boolean;
};

export const nameOf = (name: Name): string =>
  ({
    volume: m.admin_reports_volume(),
    response: m.admin_reports_response(),
    handling: m.admin_reports_handling(),
    sla: m.admin_reports_sla(),
    csat: m.admin_reports_csat(),
    agents: m.admin_reports_agents(),
    abandoned: m.admin_reports_abandoned(),
  })[name];

/** What a report shows, in a sentence. */
export const textOf = (name: Name): string =>
  ({
    volume: m.admin_reports_volume_text(),
    response: m.admin_reports_response_text(),
    handling: m.admin_reports_handling_text(),
    sla: m.admin_reports_sla_text(),
    csat: m.admin_reports_csat_text(),
    agents: m.admin_reports_agents_text(),
    abandoned: m.admin_reports_abandoned_text(),
  })[name];

export const groupingOf = (by: Grouping): string =>
  ({
    hour: m.admin_reports_by_hour(),
    day: m.admin_reports_by_day(),
    week: m.admin_reports_by_week(),
    queue: m.admin_reports_by_queue(),
    agent: m.admin_reports_by_agent(),
    account: m.admin_reports_by_account(),
    label: m.admin_reports_by_label(),
    channel: m.admin_reports_by_channel(),
  })[by];

const COLUMNS: Record<string, () => string> = {
  started: m.admin_reports_started,
  queued: m.admin_reports_queued,
  answered: m.admin_reports_answered,
  abandoned: m.admin_reports_gave_up,
  closed: m.admin_reports_closed,
  wait_median_seconds: m.admin_reports_wait_median,
  wait_p90_seconds: m.admin_reports_wait_p90,
  wait_average_seconds: m.admin_reports_wait_average,
  responded: m.admin_reports_responded,
  first_response_median_seconds: m.admin_reports_first_median,
  first_response_p90_seconds: m.admin_reports_first_p90,
  first_response_average_seconds: m.admin_reports_first_average,
  handled: m.admin_reports_handled,
  handling_median_seconds: m.admin_reports_handling_median,
  handling_p90_seconds: m.admin_reports_handling_p90,
  handling_average_seconds: m.admin_reports_handling_average,
  handling_total_seconds: m.admin_reports_handling_total,
  met: m.admin_reports_met,
  missed: m.admin_reports_missed,
  service_level: m.admin_reports_service_level,
  asked: m.admin_reports_asked,
  score_average: m.admin_reports_score_average,
  satisfied: m.admin_reports_satisfied,
  abandoned_share: m.admin_reports_abandoned_share,
  abandoned_wait_median_seconds: m.admin_reports_abandoned_median,
  abandoned_wait_p90_seconds: m.admin_reports_abandoned_p90,
  abandoned_wait_average_seconds: m.admin_reports_abandoned_average,
};

/** The label of a column. A column that is newer than this program is shown under its own name. */
export function columnOf(column: string): string {
  const score = /^score_(\d)$/.exec(column)?.[1];
  return score ? m.admin_reports_score({ score }) : (COLUMNS[column]?.() ?? column);
}

const SHARES = ["service_level", "satisfied", "abandoned_share"];

/** A number as people read it; a dash where there is none. */
export function shown(column: string, value: number | string | null | undefined): string {
  if (typeof value !== "number") return "–";
  if (column.endsWith("_seconds")) return span(value);
  if (SHARES.includes(column))
    return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(value);
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value);
}

const powers = (count: number) => Array.from({ length: count }, (_, power) => 10 ** power);
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];
/** The distances that marks of whole numbers may have. */
const WHOLE = powers(10).flatMap((ten) => [ten, 2 * ten, 5 * ten]);
/** Those of times: full minutes, hours and days, where it is that long. */
const TIMES = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...powers(4).flatMap((ten) => [ten, 2 * ten, 5 * ten].map((count) => count * DAY)),
];

/** The distances that the marks of a column's axis may have; null for those of an axis with a fixed end. */
export function marksOf(column: string): number[] | null {
  if (topOf(column) !== null) return null;
  // Half a conversation is no mark of an axis.
  return column.endsWith("_seconds") ? TIMES : WHOLE;
}

/** The end of the axis of a column, if that does not depend on its numbers. */
export function topOf(column: string): number | null {
  if (SHARES.includes(column)) return 1;
  return column === "score_average" ? 5 : null;
}

/** The columns of each report that are drawn: numbers of one kind. */
export const DRAWN: Record<Name, string[]> = {
  volume: ["started", "answered", "abandoned"],
  response: ["first_response_median_seconds", "first_response_p90_seconds"],
  handling: ["handling_median_seconds", "handling_p90_seconds"],
  sla: ["service_level"],
  csat: ["score_average"],
  agents: ["answered", "closed"],
  abandoned: ["abandoned"],
};

/** What a row is called: the server names what has no name in English. */
export function labelOf(row: Row, by: Grouping): string {
  if (row.key === "" && !isTime(by))
    return by === "queue"
      ? m.admin_reports_no_queue()
      : by === "agent"
        ? m.admin_reports_no_agent()
        : m.admin_reports_no_label();
  if (by === "day") return dayFormat.format(new Date(`${row.key}T12:00:00Z`));
  if (by === "hour")
    return `${dayFormat.format(new Date(`${row.key.slice(0, 10)}T12:00:00Z`))}, ${row.key.slice(11, 16)}`;
  return row.label;
}
const dayFormat = new Intl.DateTimeFormat(locale, {
  weekday: "short",
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});
