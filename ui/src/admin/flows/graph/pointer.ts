// Reads and changes JSON at a JSON pointer. A change copies only the path to it.

const unescape = (part: string) => part.replaceAll("~1", "/").replaceAll("~0", "~");
export const escape = (part: string) => part.replaceAll("~", "~0").replaceAll("/", "~1");
const parts = (pointer: string) => pointer.split("/").slice(1).map(unescape);

export function getAt(value: unknown, pointer: string): unknown {
  return parts(pointer).reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    value,
  );
}

/** The value with a new value at the pointer; `undefined` removes the key or the item. */
export function setAt<T>(value: T, pointer: string, to: unknown): T {
  return change(value, parts(pointer), to) as T;
}

function change(value: unknown, path: string[], to: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return to;
  if (Array.isArray(value)) {
    const index = Number(first);
    if (rest.length === 0 && to === undefined) return value.filter((_, i) => i !== index);
    const copy: unknown[] = [...(value as unknown[])];
    copy[index] = change(copy[index], rest, to);
    return copy;
  }
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown> | undefined) };
  if (rest.length === 0 && to === undefined) delete copy[first];
  else copy[first] = change(copy[first], rest, to);
  return copy;
}
