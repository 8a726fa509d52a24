// Meta's login in a popup. The window is opened in the click itself, so that popup blockers allow it, and sent to
// Meta once the server gave the address. The outcome arrives in the event stream and by polling every 2 seconds. A
// closed popup is only a hint: if Meta's pages cut the connection to it, it looks closed.
import { api, Problem, sentenceOf } from "../../api/client";
import { fromServer } from "../../api/from-server";
import { live } from "../../api/live.svelte";
import { recall, remember } from "../../kit/local";
import { m } from "../../paraglide/messages.js";
import type { Attempt, AccountChannel } from "../../api/models";

const EVERY = 2_000;
const PHONE = "admin.sandbox";
const POPUP = "deskbell-connect";
const LOOKS = "popup,width=680,height=780";

/** Whose accounts a login is for, and whether it is Instagram's own. */
export type Wanted = { channel?: AccountChannel; login?: "instagram" };

export class Connect {
  /** `closed` is pending too, but the popup seems to be gone. */
  state = $state<"idle" | "pending" | "closed" | "done" | "failed">("idle");
  message = $state<string | null>(null);
  /** Meta's dialog, to be opened manually if the popup was blocked */
  link = $state<string | null>(null);
  /** the last request: trying again repeats it */
  private wanted: Wanted;
  private attempt: Attempt | null = null;
  private popup: Window | null = null;
  private seenClosed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly gatewayId: string,
    private readonly ondone: () => void,
    channel: AccountChannel = "messenger",
  ) {
    this.wanted = { channel };
  }

  /** Call it in the click handler, before anything is awaited. */
  async start(wanted: Wanted = this.wanted): Promise<void> {
    const popup = window.open("about:blank", POPUP, LOOKS);
    this.wanted = wanted;
    this.stop();
    this.popup = popup;
    this.seenClosed = false;
    this.state = "pending";
    this.message = null;
    this.link = null;
    try {
      const attempt = await api.post("/gateways/{id}/connect", {
        path: { id: this.gatewayId },
        ...(wanted.channel === "messenger" ? {} : { body: wanted }),
      });
      // Only a pasted token is answered with accounts instead of a dialog.
      if (!("url" in attempt)) throw new Error("no dialog");
      this.attempt = attempt;
      rememberSandbox(attempt.url);
      if (popup && !popup.closed) popup.location.replace(attempt.url);
      else this.link = attempt.url;
      this.wait();
    } catch (error) {
      popup?.close();
      this.end("failed", sentenceOf(error));
    }
  }

  /** Opens the popup of the same login once more. */
  reopen(): void {
    if (!this.attempt) return void this.start();
    this.popup = window.open(this.attempt.url, POPUP, LOOKS);
    this.seenClosed = false;
    this.state = "pending";
    if (!this.popup) this.link = this.attempt.url;
  }

  /** Follows the event stream until the returned function is called. */
  listen(): () => void {
    const unlisten = live.on("connect", (event) => {
      if (event.attempt_id === this.attempt?.attempt_id) this.end(event.state, event.message);
    });
    return () => {
      unlisten();
      this.stop();
    };
  }

  cancel(): void {
    this.stop();
    this.state = "idle";
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.attempt = null;
  }

  private wait(): void {
    this.timer = setTimeout(() => void this.look(), EVERY);
  }

  private async look(): Promise<void> {
    const attempt = this.attempt;
    if (!attempt) return;
    try {
      const now = await api.get("/gateways/{id}/connect/{attempt_id}", {
        path: { id: this.gatewayId, attempt_id: attempt.attempt_id },
      });
      if (this.attempt !== attempt) return;
      if (now.state !== "pending") return this.end(now.state, now.message);
    } catch (error) {
      if (this.attempt !== attempt) return;
      // An attempt that the server no longer knows will never end; after any other error polling continues.
      if (error instanceof Problem && error.status === 404)
        return this.end("failed", m.admin_connect_expired());
    }
    if (Date.parse(attempt.expires_at) + 30_000 < Date.now())
      return this.end("failed", m.admin_connect_expired());
    this.watchPopup();
    this.wait();
  }

  /** A popup that finished closes itself, and its outcome may take a moment: it must be seen closed twice. */
  private watchPopup(): void {
    const closed = this.popup?.closed ?? false;
    if (closed && this.seenClosed && this.state === "pending") this.state = "closed";
    this.seenClosed = closed;
  }

  private end(state: "done" | "failed", message: string | null): void {
    this.stop();
    this.state = state;
    this.message = message && fromServer(message);
    this.link = null;
    if (state === "done") this.ondone();
  }
}

/** In a demo the login dialog is the sandbox's: then its phone simulates the customer. */
function rememberSandbox(url: string): void {
  const { origin, hostname } = new URL(url);
  remember(PHONE, /(^|\.)(facebook|instagram)\.com$/.test(hostname) ? null : origin);
}

export const sandboxPhone = (): string | null => {
  const origin = recall<string | null>(PHONE, null);
  return origin ? `${origin}/phone` : null;
};
