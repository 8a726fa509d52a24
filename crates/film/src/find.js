// The first visible element that a selector finds and whose name, as people and screen readers know it, is or holds `name`.
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
  return all.find((element) => nameOf(element) === name) ?? all.find((element) => nameOf(element).includes(name)) ?? null;
}
