// Rows of a list by keyboard: one of them is a Tab stop, the arrows move to the next.

/** The rows of a list, in their order: links marked with `data-row`. */
const rowsOf = (list: Element) => [...list.querySelectorAll<HTMLElement>("[data-row]")];

/** Moves the focus from row to row by arrows, Home and End. Attach it to the element that contains the rows. */
export function arrowKeys(list: HTMLElement): () => void {
  const keydown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const rows = rowsOf(list);
    const at = rows.indexOf((event.target as Element).closest<HTMLElement>("[data-row]")!);
    if (at < 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) rows[at + step]?.focus();
    else if (event.key === "Home" || event.key === "End") toEnd(list, event.key);
    else return;
    event.preventDefault();
  };
  // Tab returns to the row that had the focus.
  const focusin = (event: FocusEvent) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-row]");
    if (row) stop(list, row);
  };
  // Rows come and go: there is always one that Tab reaches.
  const seen = new MutationObserver(() => stop(list));
  list.addEventListener("keydown", keydown);
  list.addEventListener("focusin", focusin);
  seen.observe(list, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-current"] });
  stop(list);
  return () => {
    seen.disconnect();
    list.removeEventListener("keydown", keydown);
    list.removeEventListener("focusin", focusin);
  };
}

/** Long lists draw only the rows in view: the end is scrolled to first, and focused when it is there. */
function toEnd(list: HTMLElement, end: "Home" | "End"): void {
  list.scrollTop = end === "Home" ? 0 : list.scrollHeight;
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      rowsOf(list)
        .at(end === "Home" ? 0 : -1)
        ?.focus(),
    ),
  );
}

function stop(list: HTMLElement, wanted?: HTMLElement): void {
  const rows = rowsOf(list);
  const row =
    wanted ??
    rows.find((other) => other === document.activeElement) ??
    rows.find((other) => other.hasAttribute("aria-current")) ??
    rows.find((other) => other.tabIndex === 0) ??
    rows[0];
  for (const other of rows) {
    const index = other === row ? 0 : -1;
    if (other.tabIndex !== index) other.tabIndex = index;
  }
}
