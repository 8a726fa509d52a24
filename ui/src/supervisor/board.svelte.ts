// The wallboard as the server last sent it: read once, then updated by the stream, and read again after a gap.
import { sentenceOf } from "../api/client";
import { api } from "../api/client";
import { clock } from "../api/clock.svelte";
import { live } from "../api/live.svelte";
import type { QueueFigures, Wallboard } from "../api/models";

export class Board {
  data = $state.raw<Wallboard | null>(null);
  failure = $state<string | null>(null);
  /** when `data` was sent, in ms of the server's clock */
  private sentAt = 0;
  private asked = 0;

  /** Follows the wallboard; returns a function that stops it. */
  follow(): () => void {
    void this.load();
    const stops = [
      live.on("wallboard", (data) => this.take(data)),
      live.on("reset", () => void this.load()),
      live.onLive(() => void this.load()),
    ];
    return () => stops.forEach((stop) => stop());
  }

  async load(): Promise<void> {
    const mine = ++this.asked;
    try {
      const data = await api.get("/wallboard");
      // What the stream sent in the meantime is newer.
      if (mine === this.asked) this.take(data);
    } catch (error) {
      if (mine === this.asked) this.failure = sentenceOf(error);
    }
  }

  private take(data: Wallboard): void {
    this.asked += 1;
    this.data = data;
    this.sentAt = clock.exact();
    this.failure = null;
  }

  /** Since when the first customer of a queue waits; null if no one does. */
  waitsSince(queue: QueueFigures): string | null {
    return queue.waiting === 0
      ? null
      : new Date(this.sentAt - queue.longest_wait_seconds * 1_000).toISOString();
  }
}

/** All queues together, for the big figures. */
export function totals(queues: QueueFigures[]) {
  const sum = (of: (queue: QueueFigures) => number) => queues.reduce((all, queue) => all + of(queue), 0);
  return {
    waiting: sum((queue) => queue.waiting),
    longest: queues.reduce<QueueFigures | null>(
      (first, queue) =>
        queue.waiting > 0 && (!first || queue.longest_wait_seconds > first.longest_wait_seconds)
          ? queue
          : first,
      null,
    ),
    answered: sum((queue) => queue.answered_today),
    abandoned: sum((queue) => queue.abandoned_today),
  };
}

/** A share in whole percent; null if there is none. Only a full share is shown as 100. */
export const percent = (share: number | null | undefined): number | null =>
  share === null || share === undefined ? null : Math.floor(share * 100);
