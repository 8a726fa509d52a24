// One event stream per browser. The tab that holds the Web Lock "deskbell-live" leads: it reads
// /events and passes everything on by BroadcastChannel. When it closes, the lock falls to another
// tab, which resumes after the last id it saw. Without Web Locks (plain http on a LAN) each tab
// reads its own stream.
import { clock } from "./clock.svelte";
import { apiUrl, signedOut } from "./client";
import { Stream, type StreamState } from "./stream";
import type { LiveEvent, LiveEventName, LiveEvents } from "./events";

export type Connection = {
  /** offline: the device has no network; reconnecting: the server cannot be reached; since: browser time */
  state: "connecting" | "live" | "reconnecting" | "offline";
  since: number;
};

type Word =
  | { kind: "event"; name: string; data: string; id: string }
  | { kind: "state"; state: StreamState; id: string }
  | { kind: "pulse"; id: string }
  | { kind: "hello" }
  | { kind: "bye" };

const LOCK = "deskbell-live";
/** A leader that sends nothing for this long is frozen; a visible tab then takes the lock from it. */
const DEAD_LEADER = 60_000;

class Live {
  connection = $state<Connection>({ state: "connecting", since: Date.now() });

  private handlers = new Map<string, Set<(data: never) => void>>();
  private anyHandlers = new Set<(event: LiveEvent) => void>();
  private pulseHandlers = new Set<() => void>();
  private resumeHandlers = new Set<(blind: boolean) => void>();
  private channel: BroadcastChannel | null = null;
  private stream: Stream | null = null;
  private stopping: AbortController | null = null;
  private release: (() => void) | null = null;
  private lastId = "";
  private heardAt = 0;
  private watch: ReturnType<typeof setInterval> | undefined;

  /** Starts once a person is signed in; calling it again changes nothing. */
  start(): void {
    if (this.stopping) return;
    this.stopping = new AbortController();
    this.heardAt = Date.now();
    this.setState("connecting");
    this.channel = new BroadcastChannel(LOCK);
    this.channel.onmessage = (message: MessageEvent<Word>) => this.hear(message.data);
    addEventListener("offline", this.networkChanged);
    addEventListener("online", this.networkChanged);
    addEventListener("pagehide", this.sayBye);
    if (!navigator.locks) {
      this.lead();
      return;
    }
    this.queueForLead(false);
    this.say({ kind: "hello" });
    this.watch = setInterval(() => this.checkLeader(), 10_000);
  }

  /** Ends on sign-out. */
  stop(): void {
    this.stopping?.abort();
    this.stopping = null;
    clearInterval(this.watch);
    removeEventListener("offline", this.networkChanged);
    removeEventListener("online", this.networkChanged);
    removeEventListener("pagehide", this.sayBye);
    this.stepDown();
    this.channel?.close();
    this.channel = null;
    this.lastId = "";
  }

  /** Calls `handler` for each event of that name; returns how to stop. */
  on<N extends LiveEventName>(name: N, handler: (data: LiveEvents[N]) => void): () => void {
    const set = this.handlers.get(name) ?? new Set();
    this.handlers.set(name, set);
    set.add(handler);
    return () => set.delete(handler);
  }

  onAny(handler: (event: LiveEvent) => void): () => void {
    this.anyHandlers.add(handler);
    return () => this.anyHandlers.delete(handler);
  }

  /** A sign of life of the stream, at least every 15 s and not slowed in background tabs. */
  onPulse(handler: () => void): () => void {
    this.pulseHandlers.add(handler);
    return () => this.pulseHandlers.delete(handler);
  }

  /** The stream is live (again); `blind` when there was no id to resume from, so something may be missing. */
  onLive(handler: (blind: boolean) => void): () => void {
    this.resumeHandlers.add(handler);
    return () => this.resumeHandlers.delete(handler);
  }

  private queueForLead(steal: boolean): void {
    const stopping = this.stopping;
    if (!stopping) return;
    const options: LockOptions = steal ? { steal: true } : { signal: stopping.signal };
    navigator.locks
      .request(LOCK, options, () => {
        if (stopping.signal.aborted) return undefined;
        return new Promise<void>((release) => {
          this.release = release;
          this.lead();
        });
      })
      .catch(() => {
        // Signed out while waiting, or another tab took the lock from us: request it again.
        if (stopping.signal.aborted) return;
        this.stepDown();
        this.queueForLead(false);
      });
  }

  private lead(): void {
    this.stream = new Stream({
      // This page reports the offers that it has shown (OfferCard), so that no other counts as missed.
      url: apiUrl("/events", { confirms_offers: "true" }),
      lastId: this.lastId,
      onEvent: (event) => {
        this.say({ kind: "event", ...event });
        this.deliver(event.name, event.data, event.id);
      },
      onState: (state) => {
        this.say({ kind: "state", state, id: this.stream?.lastId ?? this.lastId });
        this.take(state);
      },
      onPulse: () => {
        this.say({ kind: "pulse", id: this.stream?.lastId ?? this.lastId });
        this.pulse();
      },
    });
    this.stream.start();
  }

  private stepDown(): void {
    this.stream?.stop();
    this.stream = null;
    this.release?.();
    this.release = null;
  }

  private say(word: Word): void {
    this.channel?.postMessage(word);
  }

  private hear(word: Word): void {
    if (word.kind === "hello") {
      if (this.stream) {
        const state: StreamState = this.connection.state === "live" ? "live" : "connecting";
        this.say({ kind: "state", state, id: this.stream.lastId });
      }
      return;
    }
    if (this.stream) return; // two leaders for a moment: our own stream sends us the same
    this.heardAt = Date.now();
    if (word.kind === "event") this.deliver(word.name, word.data, word.id);
    else if (word.kind === "state") {
      // A tab that has just opened resumes, if necessary, from the leader's last event.
      if (this.lastId === "") this.lastId = word.id;
      this.take(word.state);
    } else if (word.kind === "pulse") this.pulse();
    else this.setState("connecting");
  }

  private deliver(name: string, data: string, id: string): void {
    this.lastId = id;
    let parsed: unknown;
    try {
      parsed = JSON.parse(data);
    } catch {
      return; // not ours; the next event is
    }
    for (const handler of this.anyHandlers) handler({ name, data: parsed } as LiveEvent);
    for (const handler of this.handlers.get(name) ?? []) handler(parsed as never);
  }

  private take(state: StreamState): void {
    if (state === "live") {
      this.setState("live");
      for (const handler of this.resumeHandlers) handler(this.lastId === "");
    } else if (state === "signed_out") signedOut();
    else if (
      state === "lost" ||
      this.connection.state === "reconnecting" ||
      this.connection.state === "offline"
    ) {
      this.setState(navigator.onLine ? "reconnecting" : "offline");
    }
  }

  private pulse(): void {
    this.heardAt = Date.now();
    clock.touch();
    if (this.connection.state !== "live") this.setState("live");
    for (const handler of this.pulseHandlers) handler();
  }

  private setState(state: Connection["state"]): void {
    if (this.connection.state === state) return;
    const wasDown = this.connection.state === "reconnecting" || this.connection.state === "offline";
    const down = state === "reconnecting" || state === "offline";
    this.connection = { state, since: wasDown && down ? this.connection.since : Date.now() };
  }

  private checkLeader(): void {
    if (this.stream || document.hidden) return;
    if (Date.now() - this.heardAt > DEAD_LEADER) {
      this.heardAt = Date.now();
      this.queueForLead(true);
    }
  }

  private networkChanged = (): void => {
    if (!navigator.onLine) this.setState("offline");
    else if (this.connection.state === "offline") this.setState("reconnecting");
  };

  private sayBye = (): void => {
    if (this.stream) this.say({ kind: "bye" });
  };
}

export const live = new Live();
