// How many alarms of gateways no administrator has seen yet, and steps of flows that failed, for the navigation.
import { all } from "../api/client";
import { live } from "../api/live.svelte";
import { session } from "../api/session.svelte";

class Alarms {
  count = $state(0);

  /** Follows the gateways until the returned function is called. */
  follow(): () => void {
    void this.read();
    const stops = [live.on("gateway", () => void this.read()), live.on("reset", () => void this.read())];
    return () => stops.forEach((stop) => stop());
  }

  private async read(): Promise<void> {
    try {
      this.count = (await all("/gateways")).reduce((sum, gateway) => sum + gateway.alarms, 0);
    } catch {
      // The pages themselves show read errors; the number is not changed.
    }
  }
}

export const alarms = new Alarms();

class FlowAlarms {
  count = $state(0);

  /** Follows the flows until the returned function is called. */
  follow(): () => void {
    if (!session.may("flows")) return () => {};
    void this.read();
    const stops = [live.on("flow", () => void this.read()), live.on("reset", () => void this.read())];
    return () => stops.forEach((stop) => stop());
  }

  async read(): Promise<void> {
    try {
      this.count = (await all("/flows")).reduce((sum, flow) => sum + flow.failures.length, 0);
    } catch {
      // The pages themselves say what cannot be read; the number stays as it was.
    }
  }
}

export const flowAlarms = new FlowAlarms();
