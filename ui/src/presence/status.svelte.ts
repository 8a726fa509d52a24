// Going online, taking a break and going offline, from every place that offers it.
import Circle from "@lucide/svelte/icons/circle";
import Coffee from "@lucide/svelte/icons/coffee";
import Volume2 from "@lucide/svelte/icons/volume-2";
import { all, sentenceOf } from "../api/client";
import { session } from "../api/session.svelte";
import type { AgentState, PauseCauseToday } from "../api/models";
import { span } from "../kit/format";
import type { MenuItem } from "../kit/menu";
import { toasts } from "../kit/toasts.svelte";
import { m } from "../paraglide/messages.js";
import { askForNotices } from "./notify";
import * as ring from "./ring";

/** What is left of the daily limit of a pause; undefined without one. */
function leftOf({ daily_minutes, used_today_seconds }: PauseCauseToday): string | undefined {
  if (!daily_minutes) return undefined;
  const [left, limit] = [daily_minutes * 60 - used_today_seconds, span(daily_minutes * 60)];
  return left > 0 ? m.pause_left_of({ left: span(left), limit }) : m.pause_used_up({ limit });
}

class Presence {
  busy = $state(false);
  causes = $state<PauseCauseToday[]>([]);
  private asked = false;

  get current(): AgentState {
    return session.status?.status ?? "offline";
  }

  async set(next: AgentState, cause?: string): Promise<void> {
    if (this.busy) return;
    if (next === "online") {
      // This runs in a click handler, the only moment when a browser lets us ask for sound and notifications.
      ring.unlock();
      void askForNotices();
    }
    this.busy = true;
    try {
      await session.setStatus(next, cause);
      // What is left of the limits of pauses has changed.
      if (next !== "offline") this.readCauses();
    } catch (error) {
      toasts.show(sentenceOf(error), { tone: "alarm" });
    }
    this.busy = false;
  }

  loadCauses(): void {
    if (!this.asked) this.readCauses();
  }

  private readCauses(): void {
    this.asked = true;
    all("/pause-causes").then(
      (items) => (this.causes = items),
      (error) => {
        this.asked = false;
        toasts.show(sentenceOf(error), { tone: "alarm" });
      },
    );
  }

  /** The menu next to the switch. */
  items = $derived.by<MenuItem[]>(() => {
    const current = this.current;
    const cause = session.status?.cause;
    const pause = (label: string, name?: string, hint?: string): MenuItem => ({
      label,
      icon: Coffee,
      ...(hint ? { hint } : {}),
      checked: current === "pause" && (cause ?? undefined) === name,
      run: () => void this.set("pause", name),
    });
    const plain = (label: string, status: AgentState): MenuItem => ({
      label,
      icon: Circle,
      checked: current === status,
      run: () => void this.set(status),
    });
    return [
      plain(m.status_online(), "online"),
      { kind: "title", label: m.pause_title() },
      pause(m.pause_plain()),
      ...this.causes.map((cause) => pause(cause.name, cause.name, leftOf(cause))),
      { kind: "line" },
      plain(m.status_offline(), "offline"),
      { kind: "line" },
      { label: m.test_sound(), icon: Volume2, run: () => ring.once() },
    ];
  });
}

export const presence = new Presence();
