// How many alarms of gateways no administrator has seen yet, and steps of flows that failed, for the navigation.
import { all } from "../api/client";
import { live } from "../api/live.svelte";
import type { Permission } from "../api/models";
import { session } from "../api/session.svelte";

type Kind = {
  /** who sees them */
  needs: Permission;
  /** the event after which there may be others */
  event: "gateway" | "flow";
  count: () => Promise<number>;
};

export class Alarms {
  count = $state(0);
  private asked = 0;

  constructor(private readonly kind: Kind) {}

  /** Follows them until the returned function is called. */
  follow(): () => void {
    if (!session.may(this.kind.needs)) return () => {};
    void this.read();
    const reload = () => void this.read();
    const stops = [
      live.on(this.kind.event, reload),
      live.on("reset", reload),
      // What happened before the stream began was not reported.
      live.onLive((blind) => blind && reload()),
    ];
    return () => stops.forEach((stop) => stop());
  }

  async read(): Promise<void> {
    const mine = ++this.asked;
    try {
      const count = await this.kind.count();
      if (mine === this.asked) this.count = count;
    } catch {
      // The pages themselves show read errors; the number is not changed.
    }
  }
}

const sum = <T>(items: T[], of: (item: T) => number) => items.reduce((before, item) => before + of(item), 0);

export const alarms = new Alarms({
  needs: "admin",
  event: "gateway",
  count: async () => sum(await all("/gateways"), ({ alarms }) => alarms),
});

export const flowAlarms = new Alarms({
  needs: "flows",
  event: "flow",
  count: async () => sum(await all("/flows"), ({ failures }) => failures.length),
});
