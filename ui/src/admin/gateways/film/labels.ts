// Names of the film's parts, and what this browser can't do.
import type { components } from "../../../api/schema";
import { m } from "../../../paraglide/messages.js";
import type { Seat } from "./layout";
import { kindOf } from "./take";

export type Films = components["schemas"]["ReviewFilms"];
export type Film = components["schemas"]["ReviewFilm"];

export const nameOf = (film: Film) => film.about ?? m.admin_recordings_story();

export const lostWords: Record<Seat, () => string> = {
  left: m.admin_film_lost_left,
  right: m.admin_film_lost_right,
  whole: m.admin_film_lost_whole,
  popup: m.admin_film_lost_right,
};

/** Why nothing can be filmed here; null if it can. */
export function obstacle(): string | null {
  if (!isSecureContext) return m.admin_film_insecure({ address: location.origin });
  const canShare = typeof navigator.mediaDevices?.getDisplayMedia === "function";
  const canRecord = typeof MediaRecorder === "function" && "captureStream" in HTMLCanvasElement.prototype;
  if (!canShare || !canRecord || !kindOf((kind) => MediaRecorder.isTypeSupported(kind)))
    return m.admin_film_unable();
  return null;
}
