// Whether a person could see something: it is on the screen, in a tab that is in front.

/** Calls `then` once, as soon as the element is seen. Returns a function that stops it. */
export function onSeen(element: Element, then: () => void): () => void {
  let inView = false;
  const look = () => {
    if (!inView || document.hidden) return;
    stop();
    then();
  };
  const observer = new IntersectionObserver(
    (entries) => {
      inView = entries.some((entry) => entry.isIntersecting);
      look();
    },
    { threshold: 0.5 },
  );
  const stop = () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
  document.addEventListener("visibilitychange", look);
  observer.observe(element);
  return stop;
}
