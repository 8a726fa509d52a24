// The available time ranges, as days of a time zone.
export const PRESETS = ["1", "7", "30", "90", "365", "own"] as const;
export type Preset = (typeof PRESETS)[number];

/** A day as the address and the server write it: "2026-11-30". */
export function dayIn(zone: string, at: number): string {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(at);
}

/** The last days up to today, today among them. */
export function rangeOf(
  preset: Exclude<Preset, "own">,
  zone: string,
  now = Date.now(),
): { from: string; to: string } {
  const to = dayIn(zone, now);
  const first = new Date(`${to}T12:00:00Z`);
  first.setUTCDate(first.getUTCDate() - (Number(preset) - 1));
  return { from: first.toISOString().slice(0, 10), to };
}
