// The soft ring of an offer: two quiet tones by WebAudio, no file. Browsers allow sound only after a
// click; the one on Call Center unlocks it.

let context: AudioContext | null = null;
let release: (() => void) | null = null;
let timer: ReturnType<typeof setInterval> | undefined;
/** 0 to 1 */
let volume = 1;

/** How loud, from 0 to 100. */
export function loud(percent: number): void {
  volume = percent / 100;
}

export function unlock(): void {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
}

/** Whether a ring would be audible now. */
export function canRing(): boolean {
  return context?.state === "running";
}

function tone(at: number, frequency: number): void {
  if (!context || volume === 0) return;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.16 * volume, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0008 * volume, at + 0.9);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 1);
}

export function once(): void {
  unlock();
  play();
}

/** One short tone for a message: of several open tabs only one plays it. */
export function chime(): void {
  if (!canRing() || !context) return;
  const sound = () => context && tone(context.currentTime + 0.03, 784);
  if (!navigator.locks) return void sound();
  void navigator.locks.request("deskbell-chime", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    sound();
    // Other tabs learn of the same message a moment later.
    await new Promise((done) => setTimeout(done, 1_000));
  });
}

function play(): void {
  if (!context) return;
  tone(context.currentTime + 0.03, 659.25);
  tone(context.currentTime + 0.25, 880);
}

/** Rings until stopped. Of several open tabs only the one that gets the lock rings. */
export function start(): void {
  if (timer) return;
  context ??= new AudioContext();
  const ring = () => {
    if (!canRing()) return; // no click yet in this tab: the card and the title must suffice
    if (release || !navigator.locks) play();
    else void navigator.locks.request("deskbell-ring", { ifAvailable: true }, hold);
  };
  timer = setInterval(ring, 3_000);
  ring();
}

function hold(lock: Lock | null): Promise<void> | undefined {
  if (!lock || !timer || release) return undefined;
  play();
  return new Promise((done) => (release = done));
}

export function stop(): void {
  clearInterval(timer);
  timer = undefined;
  release?.();
  release = null;
}
