// Short messages at the edge of the screen, with an optional undo.
import { untrack } from "svelte";

export type Toast = {
  id: number;
  text: string;
  tone: "calm" | "ok" | "alarm";
  action?: { label: string; run: () => void };
};
type Options = { tone?: Toast["tone"]; action?: Toast["action"]; seconds?: number };

export class Toasts {
  items = $state<Toast[]>([]);
  private timers = new Map<number, { timer: ReturnType<typeof setTimeout>; ms: number }>();
  private next = 1;

  /** Safe inside an effect: showing reads the list, but the caller does not depend on it. */
  show(text: string, options: Options = {}): number {
    return untrack(() => this.add(text, options));
  }

  private add(text: string, options: Options): number {
    // The same message twice in a row is not shown again.
    const same = this.items.find((t) => t.text === text && !t.action);
    if (same) this.dismiss(same.id);
    const id = this.next++;
    const toast: Toast = { id, text, tone: options.tone ?? "calm" };
    if (options.action) toast.action = options.action;
    this.items.push(toast);
    if (this.items.length > 4) this.dismiss(this.items[0]!.id);
    // Failures stay longer: they have to be read, perhaps twice.
    const seconds = options.seconds ?? (toast.tone === "alarm" ? 10 : toast.action ? 8 : 5);
    this.arm(id, seconds * 1_000);
    return id;
  }

  dismiss(id: number): void {
    clearTimeout(this.timers.get(id)?.timer);
    this.timers.delete(id);
    this.items = this.items.filter((t) => t.id !== id);
  }

  /** The pointer or the focus is on the toasts: nothing may vanish under it. */
  hold(): void {
    for (const { timer } of this.timers.values()) clearTimeout(timer);
  }

  resume(): void {
    for (const [id, { ms }] of this.timers) this.arm(id, ms);
  }

  private arm(id: number, ms: number): void {
    clearTimeout(this.timers.get(id)?.timer);
    this.timers.set(id, { timer: setTimeout(() => this.dismiss(id), ms), ms });
  }
}

export const toasts = new Toasts();
