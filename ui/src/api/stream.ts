// One connection to /events with resume. EventSource cannot send Last-Event-ID on a fresh connection,
// and a new leader tab must, so the stream is read by fetch. Timers are slow in background tabs, so
// the watchdog also runs on every chunk and whenever the tab or the network comes back.
import { SseParser, type SseEvent } from "./sse";

export type StreamState = "connecting" | "live" | "lost" | "signed_out";

export type StreamOptions = {
  url: string;
  lastId: string;
  onEvent(event: SseEvent): void;
  onState(state: StreamState): void;
  /** Bytes came: an event or the keep-alive comment. */
  onPulse(): void;
};

const FIRST_DELAY = 500;
const LONGEST_DELAY = 5_000;
/** The server speaks at least every 15 s; after this much silence the connection is lost. */
const SILENCE = 40_000;

export class Stream {
  private parser: SseParser;
  private abort: AbortController | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private delay = FIRST_DELAY;
  private heardAt = 0;
  private ended = false;

  constructor(private readonly options: StreamOptions) {
    this.parser = new SseParser(options.lastId);
  }

  get lastId(): string {
    return this.parser.lastId;
  }

  start(): void {
    this.watch = setInterval(() => this.checkSilence(), 5_000);
    globalThis.addEventListener?.("online", this.wake);
    globalThis.document?.addEventListener("visibilitychange", this.wake);
    void this.connect();
  }

  stop(): void {
    this.ended = true;
    clearTimeout(this.retry);
    clearInterval(this.watch);
    globalThis.removeEventListener?.("online", this.wake);
    globalThis.document?.removeEventListener("visibilitychange", this.wake);
    this.abort?.abort();
  }

  /** The tab is looked at again or the network is back: do not wait for the timer. */
  private wake = (): void => {
    if (this.ended) return;
    if (this.abort) this.checkSilence();
    else {
      clearTimeout(this.retry);
      void this.connect();
    }
  };

  private checkSilence(): void {
    if (this.abort && Date.now() - this.heardAt > SILENCE) this.abort.abort();
  }

  private async connect(): Promise<void> {
    if (this.ended || this.abort) return;
    const abort = new AbortController();
    this.abort = abort;
    this.heardAt = Date.now();
    this.options.onState("connecting");
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (this.parser.lastId) headers["last-event-id"] = this.parser.lastId;
      const answer = await fetch(this.options.url, {
        headers,
        signal: abort.signal,
        credentials: "same-origin",
        cache: "no-store",
      });
      if (answer.status === 401) {
        this.options.onState("signed_out");
        this.stop();
        return;
      }
      if (!answer.ok || !answer.body) throw new Error(`events answered ${answer.status}`);
      this.delay = FIRST_DELAY;
      this.options.onState("live");
      await this.read(answer.body);
    } catch {
      // The remedy is the same for every error: try again.
    } finally {
      this.abort = null;
    }
    if (this.ended) return;
    // A half-received event must not be glued to the next connection's first line.
    this.parser = new SseParser(this.parser.lastId);
    this.options.onState("lost");
    this.retry = setTimeout(() => void this.connect(), this.delay);
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heardAt = Date.now();
      for (const event of this.parser.push(decoder.decode(value, { stream: true }))) {
        if (this.ended) return;
        this.options.onEvent(event);
      }
      this.options.onPulse();
    }
  }
}
