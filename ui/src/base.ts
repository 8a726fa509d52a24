// The path under which this installation lives: "" for https://desk.example, "/desk" for https://firm.example/desk. The server
// writes it into <base>. Everywhere else in this interface addresses begin at "/", and here the path is added or taken away.

/** The path of a <base href="/desk/">, without its last slash. */
export function pathOf(href: string | null | undefined): string {
  return (href ?? "").replace(/\/+$/, "");
}

export const base =
  typeof document === "undefined" ? "" : pathOf(document.querySelector("base")?.getAttribute("href"));

/** An address within the installation as the browser knows it. */
export function outer(address: string, under = base): string {
  return under + address;
}

/** An address of the browser as it is called within the installation. */
export function inner(address: string, under = base): string {
  if (!address.startsWith(under)) return address;
  const rest = address.slice(under.length);
  // "/desktop" does not live under "/desk".
  return rest === "" || /^[?#]/.test(rest) ? `/${rest}` : rest.startsWith("/") ? rest : address;
}

/** Puts the path in front of every link that begins at "/", as long as the page lives: a link that is opened in a new tab or
    copied must lead to the right place too. */
export function prefixLinks(root: HTMLElement, under = base): void {
  if (!under) return;
  const prefix = (link: Element) => {
    const href = link.getAttribute("href");
    if (href?.startsWith("/") && !href.startsWith("//") && inner(href, under) === href)
      link.setAttribute("href", outer(href, under));
  };
  const all = (node: Node) => {
    if (!(node instanceof Element)) return;
    if (node.matches("a[href]")) prefix(node);
    node.querySelectorAll("a[href]").forEach(prefix);
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") prefix(change.target as Element);
      else change.addedNodes.forEach(all);
    }
  }).observe(root, { subtree: true, childList: true, attributeFilter: ["href"] });
}
