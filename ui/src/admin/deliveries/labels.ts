// What the states of a delivery are called.
import { m } from "../../paraglide/messages.js";
import type { DeliveryState } from "../../api/models";

export const STATES: DeliveryState[] = ["failed", "pending", "ignored", "done", "dismissed"];

export const stateName = (state: DeliveryState): string =>
  ({
    pending: m.admin_dl_pending(),
    done: m.admin_dl_done(),
    failed: m.admin_dl_failed(),
    ignored: m.admin_dl_ignored(),
    dismissed: m.admin_dl_dismissed(),
  })[state] ?? state;

export const stateTone = (state: DeliveryState): "neutral" | "ok" | "wait" | "alarm" =>
  (({ pending: "wait", done: "ok", failed: "alarm", ignored: "neutral", dismissed: "neutral" }) as const)[
    state
  ] ?? "neutral";
