// One ticking second for every timer on the screen, corrected to the server's clock, so that
// countdowns are right on a computer whose own clock is wrong.

class Clock {
  /** Server time in ms, changes once a second. */
  now = $state(Date.now());
  private skew = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** Server time in ms at this very moment. */
  exact(): number {
    return Date.now() + this.skew;
  }

  /** Learns the difference from a response that took `roundTrip` ms. */
  learn(serverTime: string, roundTrip: number): void {
    const server = Date.parse(serverTime);
    if (Number.isNaN(server)) return;
    const skew = server + roundTrip / 2 - Date.now();
    // Differences within the network's jitter are ignored.
    this.skew = Math.abs(skew) < 1_500 ? 0 : skew;
    this.touch();
  }

  start(): void {
    this.timer ??= setInterval(() => this.touch(), 1_000);
    document.addEventListener("visibilitychange", () => this.touch());
  }

  touch(): void {
    this.now = this.exact();
  }
}

export const clock = new Clock();
