// Keeps the focus where it is while the view moves. The canvas draws only what is in view, and changes the order of
// what it has drawn as the view or its size changes: an element that is moved within the page loses the focus.

/** An attachment for the element around the canvas. */
export function keepFocus(box: HTMLElement): () => void {
  let held: HTMLElement | null = null;
  const acts = new AbortController();
  const { signal } = acts;
  const take = (event: FocusEvent) => (held = event.target as HTMLElement);
  const leave = (event: FocusEvent) => {
    const left = event.target;
    const drop = () => {
      if (held === left && document.activeElement !== left) held = null;
    };
    if (event.relatedTarget) drop();
    // A person who leaves and an element that is moved look the same here; the observer comes first.
    else setTimeout(drop);
  };
  const observer = new MutationObserver(() => {
    if (held?.isConnected && document.activeElement === document.body) held.focus({ preventScroll: true });
  });
  box.addEventListener("focusin", take, { signal });
  box.addEventListener("focusout", leave, { signal });
  observer.observe(box, { childList: true, subtree: true });
  return () => {
    acts.abort();
    observer.disconnect();
  };
}
