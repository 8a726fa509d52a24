// What this browser remembers (widths, drafts, choices). Storage may be full or forbidden;
// then things are simply not remembered.

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
