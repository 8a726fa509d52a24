// Suggested future times, in the viewer's own time zone.

export type MomentKey = "later" | "tomorrow" | "week";

const MORNING = 9;
/** The latest hour suggested for today. */
const EVENING = 21;

/** Three hours from now on a full hour, tomorrow morning, and the morning of next Monday. */
export function moments(now: number): { key: MomentKey; at: Date }[] {
  const day = (days: number) => {
    const at = new Date(now);
    at.setDate(at.getDate() + days);
    at.setHours(MORNING, 0, 0, 0);
    return at;
  };
  const later = new Date(now);
  later.setHours(later.getHours() + 3, 0, 0, 0);
  const isToday = later.getDate() === new Date(now).getDate() && later.getHours() <= EVENING;
  const toMonday = (8 - new Date(now).getDay()) % 7 || 7;
  return [
    ...(isToday ? [{ key: "later" as const, at: later }] : []),
    { key: "tomorrow", at: day(1) },
    // On a Sunday, tomorrow is already that Monday.
    { key: "week", at: day(toMonday === 1 ? 8 : toMonday) },
  ];
}
