// The few things of a browser that stores touch, for tests without one.
const kept = new Map<string, string>();
Object.assign(globalThis, {
  localStorage: {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => kept.set(k, v),
    removeItem: (k: string) => kept.delete(k),
    clear: () => kept.clear(),
  },
  location: { pathname: "/workspace", search: "", hash: "", origin: "http://desk.example" },
  history: { state: null, replaceState: () => {}, pushState: () => {} },
});
if (!("navigator" in globalThis))
  Object.assign(globalThis, { navigator: { onLine: true, language: "en-GB", platform: "Linux" } });
else Object.defineProperty(navigator, "onLine", { value: true, configurable: true });
