// Undo and redo. Graphs share what did not change, so a step costs almost nothing.

const MOST = 300;
/** Edits with one key within this time are one step: undo goes by words, not by letters. */
const TOGETHER_MS = 1200;

export class History<T> {
  private past: T[] = [];
  private future: T[] = [];
  private last: { key: string; at: number } | null = null;

  constructor(private now: T) {}

  get present(): T {
    return this.now;
  }
  get canUndo(): boolean {
    return this.past.length > 0;
  }
  get canRedo(): boolean {
    return this.future.length > 0;
  }

  push(next: T, key: string | null = null, at = Date.now()): void {
    if (next === this.now) return;
    const joined = key !== null && this.last?.key === key && at - this.last.at < TOGETHER_MS;
    if (!joined) this.past = [...this.past, this.now].slice(-MOST);
    this.last = key === null ? null : { key, at };
    this.now = next;
    this.future = [];
  }

  undo(): T {
    const before = this.past.at(-1);
    if (before === undefined) return this.now;
    this.past = this.past.slice(0, -1);
    this.future = [this.now, ...this.future];
    this.last = null;
    return (this.now = before);
  }

  redo(): T {
    const after = this.future[0];
    if (after === undefined) return this.now;
    this.future = this.future.slice(1);
    this.past = [...this.past, this.now];
    this.last = null;
    return (this.now = after);
  }
}
