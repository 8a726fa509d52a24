// Ids made in the browser. crypto.randomUUID needs https; a LAN installation may not have it.

let counter = 0;

/** For tying labels to fields. */
export function elementId(prefix = "f"): string {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** A client_id: unique enough for one installation, short enough for 64 characters. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
