// The few things of a browser that stores touch, for tests without one.
class Stored {
  [key: string]: unknown;
}
// What is stored are its own properties, as in a browser; the methods are not.
const storage = Object.assign(Object.create(Stored.prototype) as Stored, {});
Object.defineProperties(Stored.prototype, {
  getItem: { value: (k: string) => (storage[k] as string | undefined) ?? null },
  setItem: { value: (k: string, v: string) => void (storage[k] = v) },
  removeItem: { value: (k: string) => void delete storage[k] },
  clear: { value: () => Object.keys(storage).forEach((k) => delete storage[k]) },
});
Object.assign(globalThis, {
  localStorage: storage,
  location: { pathname: "/workspace", search: "", hash: "", origin: "http://desk.example" },
  history: { state: null, replaceState: () => {}, pushState: () => {} },
});
if (!("navigator" in globalThis))
  Object.assign(globalThis, { navigator: { onLine: true, language: "en-GB", platform: "Linux" } });
else Object.defineProperty(navigator, "onLine", { value: true, configurable: true });
