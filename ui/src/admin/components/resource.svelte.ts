// A resource read from the server: its data, its error, and how to reload it. The newest response wins, and what changed
// while it was on its way. A failed read is repeated as soon as the connection is back.
import { onDestroy, untrack } from "svelte";
import { live } from "../../api/live.svelte";

export class Resource<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  private asked = 0;
  /** the changes since the read began that is on its way; null if none is */
  private edits: ((data: T) => T)[] | null = null;

  /** Create it while a component is created: it ends with the component. */
  constructor(private readonly read: () => Promise<T>) {
    onDestroy(live.onLive(() => this.error !== null && void this.load()));
  }

  /** Reads again; the current data stays until the response arrives. */
  async load(): Promise<void> {
    const mine = ++this.asked;
    this.edits = [];
    try {
      const data = await this.read();
      if (mine !== this.asked) return;
      this.data = (this.edits ?? []).reduce<T>((now, edit) => edit(now), data);
      this.error = null;
    } catch (error) {
      if (mine === this.asked) this.error = error;
    }
    if (mine === this.asked) this.edits = null;
  }

  /** Sets the data from another response. */
  put(data: T): void {
    this.asked += 1;
    this.edits = null;
    this.data = data;
    this.error = null;
  }

  /** Changes the data, if there is any. */
  change(edit: (data: T) => T): void {
    untrack(() => {
      this.edits?.push(edit);
      if (this.data === null) return;
      this.data = edit(this.data);
      this.error = null;
    });
  }
}
