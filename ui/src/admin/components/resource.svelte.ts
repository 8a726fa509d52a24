// A resource read from the server: its data, its error, and how to reload it. The newest response wins. A failed read
// is repeated as soon as the connection is back.
import { onDestroy, untrack } from "svelte";
import { live } from "../../api/live.svelte";

export class Resource<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  private asked = 0;

  /** Create it while a component is created: it ends with the component. */
  constructor(private readonly read: () => Promise<T>) {
    onDestroy(live.onLive(() => this.error !== null && void this.load()));
  }

  /** Reads again; the current data stays until the response arrives. */
  async load(): Promise<void> {
    const mine = ++this.asked;
    try {
      const data = await this.read();
      if (mine !== this.asked) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (mine === this.asked) this.error = error;
    }
  }

  /** Sets the data from another response. */
  put(data: T): void {
    this.asked += 1;
    this.data = data;
    this.error = null;
  }

  /** Changes the data, if there is any. */
  change(edit: (data: T) => T): void {
    untrack(() => {
      if (this.data !== null) this.put(edit(this.data));
    });
  }
}
