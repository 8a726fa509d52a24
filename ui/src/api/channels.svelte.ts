// What can be sent on each channel: the same limits that the server applies, read once. Screens show what a channel
// can do and never ask which one it is.
import { api } from "./client";
import type { Capabilities, Channel } from "./models";

/** How many characters or bytes more a text may have; negative if it is too long. */
export function roomFor(capabilities: Capabilities | undefined, text: string): number {
  if (!capabilities) return Number.POSITIVE_INFINITY;
  const { whole, unit } = capabilities.text;
  return whole - (unit === "bytes" ? new TextEncoder().encode(text).length : text.length);
}

/** Whether a file of this media type is accepted; a file of unknown type is checked by the server. */
export const takesType = (types: string[], mime: string): boolean =>
  !mime || types.some((one) => one === "*/*" || one === mime || one === `${mime.split("/")[0]}/*`);

/** For the file dialog: the types that a channel accepts; undefined if it accepts everything. */
export function acceptOf(capabilities: Capabilities | undefined): string | undefined {
  const types = Object.values(capabilities?.files ?? {}).flatMap((one) => one.types);
  return types.length === 0 || types.includes("*/*") ? undefined : types.join(",");
}

/** What people call media types: "PNG, JPEG". */
export const typeNames = (types: string[]): string =>
  [...new Set(types.map((one) => one.split("/").at(-1)!.replace(/^x-/u, "").toUpperCase()))].join(", ");

class Channels {
  items = $state.raw<Capabilities[]>([]);
  private loading: Promise<void> | null = null;

  /** The server rejects what a channel does not support, so this need not be loaded yet. */
  load(): Promise<void> {
    this.loading ??= api
      .get("/channels")
      .then((answer) => void (this.items = answer.items))
      .catch(() => void (this.loading = null));
    return this.loading;
  }

  /** Flows are not bound to a channel: these are the limits that the server applies to them. */
  get forFlows(): Capabilities | undefined {
    return this.items.at(-1);
  }

  of(channel: Channel): Capabilities | undefined {
    return this.items.find((it) => it.channel === channel);
  }
}

export const channels = new Channels();
