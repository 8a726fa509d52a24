// Quiet hours: the same rule as the server's (`domain/user_settings.rs`), in the time zone that they name.

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
type Hours = { days?: Day[]; from: string; to: string; time_zone: string };

export function quietAt({ days = [...DAYS], from, to, time_zone }: Hours, now: number): boolean {
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: time_zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).formatToParts(now);
  } catch {
    return false; // a zone that this browser does not know
  }
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  const today = DAYS.findIndex((day) => day === part("weekday").toLowerCase());
  const time = `${part("hour")}:${part("minute")}`;
  const begins = (back: number) => days.includes(DAYS[(today + 7 - back) % 7]!);
  if (from < to) return begins(0) && from <= time && time < to;
  return (begins(0) && time >= from) || (begins(1) && time < to);
}
