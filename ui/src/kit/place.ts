// Puts a floating element next to its anchor inside the viewport, and keeps it there.

export type Side = "below-start" | "below-end" | "above-start" | "above-end" | "above" | "below" | "right";

export function place(floating: HTMLElement, anchor: Element, side: Side, gap = 6): () => void {
  const move = () => {
    const a = anchor.getBoundingClientRect();
    const width = floating.offsetWidth;
    const height = floating.offsetHeight;
    const above = a.top - gap - height;
    const below = a.bottom + gap;
    let top: number;
    let left: number;
    if (side === "right") {
      top = a.top + a.height / 2 - height / 2;
      left = a.right + gap;
    } else {
      const fitsBelow = below + height <= innerHeight - 4;
      const fitsAbove = above >= 4;
      top = side.startsWith("above")
        ? fitsAbove || !fitsBelow
          ? above
          : below
        : fitsBelow || !fitsAbove
          ? below
          : above;
      if (side.endsWith("-start")) left = a.left;
      else if (side.endsWith("-end")) left = a.right - width;
      else left = a.left + a.width / 2 - width / 2;
    }
    floating.style.top = `${Math.round(Math.max(4, Math.min(top, innerHeight - height - 4)))}px`;
    floating.style.left = `${Math.round(Math.max(4, Math.min(left, innerWidth - width - 4)))}px`;
  };
  move();
  const sizes = new ResizeObserver(move);
  sizes.observe(floating);
  addEventListener("resize", move);
  addEventListener("scroll", move, { capture: true, passive: true });
  return () => {
    sizes.disconnect();
    removeEventListener("resize", move);
    removeEventListener("scroll", move, { capture: true });
  };
}
