// The first visible element that a selector finds and whose name, as people and screen readers know it,
// is `name`, or holds it; or whose text does.
(selector, name) => {
  const tidy = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const byIds = (ids) => ids.split(/\s+/).map((id) => tidy(document.getElementById(id)?.textContent)).join(" ");
  const nameOf = (element) =>
    tidy(
      element.getAttribute("aria-label") ||
        (element.getAttribute("aria-labelledby") && byIds(element.getAttribute("aria-labelledby"))) ||
        (element.labels?.length && [...element.labels].map((label) => label.textContent).join(" ")) ||
        element.innerText ||
        element.textContent,
    );
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true });
  };
  const all = [...document.querySelectorAll(selector)].filter(isSeen);
  if (name === null) return all[0] ?? null;
  const by = (test) => all.find(test);
  return (
    by((element) => nameOf(element) === name) ??
    by((element) => nameOf(element).includes(name)) ??
    by((element) => tidy(element.innerText).includes(name)) ??
    null
  );
}
