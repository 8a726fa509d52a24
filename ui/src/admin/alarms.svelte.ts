// How many alarms of gateways no administrator has seen yet, for the navigation.
import { all } from "../api/client";
import { live } from "../api/live.svelte";

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
