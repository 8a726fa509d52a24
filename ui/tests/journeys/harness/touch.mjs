// Fingers on the glass: Playwright only taps, so drags and pinches are sent as touch events of Chromium itself.
export class Fingers {
  constructor(page) {
    this.page = page;
  }

  async send(type, points) {
    this.session ??= await this.page.context().newCDPSession(this.page);
    const touchPoints = points.map(({ x, y }, id) => ({ x, y, id }));
    await this.session.send("Input.dispatchTouchEvent", { type, touchPoints });
  }

  /** Each finger goes from its first point to its second. */
  async move(...ways) {
    const at = (share) =>
      ways.map(([from, to]) => ({
        x: from.x + (to.x - from.x) * share,
        y: from.y + (to.y - from.y) * share,
      }));
    await this.send("touchStart", at(0));
    for (let step = 1; step <= 8; step++) await this.send("touchMove", at(step / 8));
    // Lifted at full speed it would be a fling, and Chromium takes the next tap for its end.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await this.send("touchMove", at(1));
    await this.send("touchEnd", []);
  }

  /** One finger drags something by so many pixels. */
  async drag({ x, y, width = 0, height = 0 }, right, down) {
    const from = { x: x + width / 2, y: y + height / 2 };
    await this.move([from, { x: from.x + right, y: from.y + down }]);
  }

  async doubleTap({ x, y }) {
    await this.page.touchscreen.tap(x, y);
    await this.page.touchscreen.tap(x, y);
  }
}
