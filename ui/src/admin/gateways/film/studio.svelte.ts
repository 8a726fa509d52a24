// Films a stage: shared windows on a canvas, the canvas into a video. One studio per page visit.
import { type Bar, letters, Painter, type Scene } from "./draw";
import type { Seat } from "./layout";
import * as takes from "./take";
import type { Film } from "./labels";

const RATE = 25;
const BITS = 8_000_000;
/** the interval at which a piece of the video is delivered, in ms */
const PIECE_MS = 1000;

export type Shot = { video: Blob; kind: string; seconds: number };
type Shared = { stream: MediaStream; video: HTMLVideoElement };

export class Studio {
  take = $state.raw(takes.fresh(0));
  /** how long the film is so far, in ms */
  ran = $state(0);
  /** who is in the picture */
  seats = $state<Record<Seat, boolean>>({ left: false, right: false, whole: false, popup: false });
  /** the browser gave up */
  broken = $state(false);
  done = $state.raw<Shot | null>(null);
  film = $state.raw<Film | null>(null);

  private readonly shared: Partial<Record<Seat, Shared>> = {};
  private readonly worker = new Worker(new URL("./ticker.worker.ts", import.meta.url), { type: "module" });
  private painter: Painter | null = null;
  private canvas: HTMLCanvasElement | null = null;
  private recorder: MediaRecorder | null = null;

  constructor(
    private readonly notice: string | null,
    private readonly bars: { left: Bar; right: Bar; popup: Bar },
  ) {
    this.worker.onmessage = () => this.frame();
    this.worker.postMessage(1000 / RATE);
  }

  /** Whether the whole stage is in the picture. */
  get isFull(): boolean {
    return this.seats.whole || (this.seats.left && this.seats.right);
  }

  /** Whether there is an unsaved film that would be lost. */
  get isPrecious(): boolean {
    return this.take.phase === "rolling" || this.take.phase === "paused" || this.done !== null;
  }

  /** The picture is drawn here. */
  on(canvas: HTMLCanvasElement): void {
    this.canvas = canvas;
    this.painter = new Painter(canvas);
  }

  choose(film: Film): void {
    this.film = film;
    this.again();
  }

  /** Adds a window to the picture; false if the user cancelled. */
  async share(seat: Seat): Promise<boolean> {
    const options = {
      video: {
        frameRate: { ideal: RATE, max: 30 },
        width: { ideal: 1920 },
        height: { ideal: 1888 },
        cursor: "always",
      },
      audio: false,
      // This page must not be shared with itself.
      selfBrowserSurface: "exclude",
      surfaceSwitching: "exclude",
    };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia(options as DisplayMediaStreamOptions);
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") return false;
      throw error;
    }
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    await video.play();
    this.release(seat);
    this.shared[seat] = { stream, video };
    this.seats[seat] = true;
    stream.getVideoTracks()[0]?.addEventListener("ended", () => this.ended(seat, stream));
    return true;
  }

  /** Removes it from the picture. */
  release(seat: Seat): void {
    this.shared[seat]?.stream.getTracks().forEach((track) => track.stop());
    delete this.shared[seat];
    this.seats[seat] = false;
  }

  async start(): Promise<void> {
    const { canvas, film } = this;
    const kind = takes.kindOf((it) => MediaRecorder.isTypeSupported(it));
    if (!canvas || !film || !kind || this.take.phase !== "ready") return;
    await letters(film.shots.map((shot) => shot.caption).join(""));
    const pieces: Blob[] = [];
    const recorder = new MediaRecorder(canvas.captureStream(RATE), {
      mimeType: kind,
      videoBitsPerSecond: BITS,
    });
    recorder.ondataavailable = ({ data }) => void (data.size > 0 && pieces.push(data));
    recorder.onerror = () => {
      this.broken = true;
      this.finish();
    };
    recorder.onstop = () => {
      recorder.stream.getTracks().forEach((track) => track.stop());
      // Discarded or empty: there is nothing to save.
      if (this.recorder !== recorder || pieces.length === 0) return;
      this.done = { video: new Blob(pieces, { type: kind.split(";")[0]! }), kind, seconds: this.ran / 1000 };
    };
    this.recorder = recorder;
    this.broken = false;
    this.take = takes.roll(this.take, performance.now());
    this.painter?.cut();
    this.frame();
    recorder.start(PIECE_MS);
  }

  pause(): void {
    this.take = takes.pause(this.take, performance.now());
    if (this.recorder?.state === "recording") this.recorder.pause();
  }

  resume(): void {
    this.take = takes.roll(this.take, performance.now());
    if (this.recorder?.state === "paused") this.recorder.resume();
  }

  step(by: 1 | -1): void {
    this.take = takes.step(this.take, by);
  }

  finish(): void {
    this.take = takes.finish(this.take, performance.now());
    this.ran = this.take.before;
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
  }

  /** Discards the take. The windows stay shared. */
  again(): void {
    const recorder = this.recorder;
    this.recorder = null;
    if (recorder && recorder.state !== "inactive") recorder.stop();
    this.take = takes.fresh(this.film?.shots.length ?? 0);
    this.ran = 0;
    this.done = null;
  }

  close(): void {
    this.worker.terminate();
    this.again();
    for (const seat of Object.keys(this.seats) as Seat[]) this.release(seat);
  }

  private ended(seat: Seat, stream: MediaStream): void {
    if (this.shared[seat]?.stream !== stream) return;
    this.release(seat);
    // A login window closes on its own: that belongs to the film.
    if (seat === "popup" || (this.take.phase !== "rolling" && this.take.phase !== "paused")) return;
    this.pause();
  }

  private frame(): void {
    const now = performance.now();
    this.take = takes.tick(this.take, now);
    const ran = takes.ran(this.take, now);
    if (this.take.phase === "rolling") this.ran = ran;
    if (this.take.phase !== "done" && this.film) this.painter?.paint(this.scene(this.film));
  }

  private scene(film: Film): Scene {
    const { shot, phase } = this.take;
    const now = film.shots[Math.max(0, shot)];
    const card = { over: film.over, title: film.title, lines: film.lines, notice: this.notice };
    const sources: Scene["sources"] = {};
    for (const [seat, shared] of Object.entries(this.shared) as [Seat, Shared][])
      sources[seat] = shared.video;
    return {
      card: shot === takes.CARD && phase !== "ready" ? card : null,
      caption: {
        text: now?.caption ?? "",
        tag: now?.tag ?? null,
        step: `${Math.max(0, shot) + 1} / ${film.shots.length}`,
      },
      bars: this.bars,
      sources,
    };
  }
}
