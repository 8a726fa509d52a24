// Values stored in this browser (widths, drafts, choices). Storage may be full or forbidden; then values are simply
// not stored.

export function remember(key: string, value: unknown): void {
  try {
    if (value === null || value === undefined) localStorage.removeItem(`deskbell.${key}`);
    else localStorage.setItem(`deskbell.${key}`, JSON.stringify(value));
  } catch {
    // Not remembered.
  }
}

export function recall<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`deskbell.${key}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

/** All values under keys with this prefix, by the rest of the key. */
export function recallAll<T>(prefix: string): Map<string, T> {
  const found = new Map<string, T>();
  const whole = `deskbell.${prefix}`;
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(whole)) continue;
      const rest = key.slice(whole.length);
      const value = recall<T | null>(key.slice("deskbell.".length), null);
      if (value !== null) found.set(rest, value);
    }
  } catch {
    // Nothing is remembered.
  }
  return found;
}

/** Removes all values under keys with this prefix. */
export function forgetAll(prefix: string): void {
  for (const rest of recallAll(prefix).keys()) remember(prefix + rest, null);
}

/** Calls `handler` with the key (without the prefix) whenever another tab stores or removes such a key. */
export function onRemembered(prefix: string, handler: (rest: string) => void): void {
  const whole = `deskbell.${prefix}`;
  globalThis.addEventListener?.("storage", (event) => {
    const key = (event as StorageEvent).key;
    if (key?.startsWith(whole)) handler(key.slice(whole.length));
  });
}
