// The state of a take: the current shot and the time so far. Pauses are not in the film, so they don't count. Times
// are in ms.

export type Phase = "ready" | "rolling" | "paused" | "done";
export type Take = {
  readonly phase: Phase;
  /** from 0; CARD while the first card is shown */
  readonly shot: number;
  readonly shots: number;
  /** the time before the last pause */
  readonly before: number;
  /** since when it runs */
  readonly since: number;
};

export const CARD = -1;
/** how long the first card is shown, as in the automatic films */
export const CARD_MS = 6000;
/** Meta wants less */
export const LONG_MS = 180_000;

export const fresh = (shots: number): Take => ({ phase: "ready", shot: CARD, shots, before: 0, since: 0 });

export const ran = (take: Take, now: number): number =>
  take.before + (take.phase === "rolling" ? Math.max(0, now - take.since) : 0);

export function roll(take: Take, now: number): Take {
  return take.phase === "ready" || take.phase === "paused" ? { ...take, phase: "rolling", since: now } : take;
}

export function pause(take: Take, now: number): Take {
  return take.phase === "rolling" ? { ...take, phase: "paused", before: ran(take, now) } : take;
}

export function finish(take: Take, now: number): Take {
  return take.phase === "ready" ? take : { ...take, phase: "done", before: ran(take, now) };
}

/** One shot forward or back; the card is not shown again. */
export function step(take: Take, by: 1 | -1): Take {
  if (take.phase !== "rolling" && take.phase !== "paused") return take;
  const shot = Math.min(Math.max(take.shot + by, 0), take.shots - 1);
  return shot === take.shot ? take : { ...take, shot };
}

/** The card is replaced by the first shot automatically. */
export function tick(take: Take, now: number): Take {
  return take.phase === "rolling" && take.shot === CARD && ran(take, now) >= CARD_MS ? step(take, 1) : take;
}

/** As "1:05". */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** What Meta's form takes, the best first. H.264 is explicit, because a plain "video/mp4" may contain another codec. */
const KINDS = [
  "video/mp4;codecs=avc1.640028",
  "video/mp4;codecs=avc1.4d0028",
  "video/mp4;codecs=avc1.42E028",
  "video/webm;codecs=vp9",
  "video/webm;codecs=vp8",
  "video/webm",
];

export const kindOf = (isSupported: (kind: string) => boolean): string | null =>
  KINDS.find(isSupported) ?? null;
export const endingOf = (kind: string): "mp4" | "webm" => (kind.startsWith("video/mp4") ? "mp4" : "webm");
