// Draws the film's picture: cards, title bars, windows and caption, in the colours of crates/film's stage.css.
import {
  atMost,
  balanced,
  BAR,
  type Box,
  contain,
  fit,
  POPUP_BAR,
  SCREEN,
  type Seat,
  SEATS,
  STRIP,
  wrap,
} from "./layout";

export type Card = { over: string; title: string; lines: string[]; notice: string | null };
export type Bar = { title: string; address: string };
export type Caption = { text: string; tag: string | null; step: string };
export type Scene = {
  card: Card | null;
  caption: Caption;
  bars: { left: Bar; right: Bar; popup: Bar };
  sources: Partial<Record<Seat, HTMLVideoElement>>;
};

const FACE = '"Inter Variable", Inter, system-ui, "DejaVu Sans", sans-serif';
const font = (size: number, weight = 400) => `${weight} ${size}px ${FACE}`;
const CODE = '600 20px "DejaVu Sans Mono", ui-monospace, monospace';
const [GROUND, INK] = ["#14141b", "#f3f2f7"];
/** the number of frames of a transition */
const FADE = 6;

/** The glyphs that a film needs are loaded before it begins. */
export const letters = (text: string) =>
  Promise.all([400, 500, 600].map((weight) => document.fonts.load(font(26, weight), text)));

export class Painter {
  private readonly to: CanvasRenderingContext2D;
  private readonly old: HTMLCanvasElement;
  private fade = 0;
  private shown = "";

  constructor(private readonly canvas: HTMLCanvasElement) {
    canvas.width = SCREEN.width;
    canvas.height = SCREEN.height;
    this.to = canvas.getContext("2d", { alpha: false })!;
    this.to.imageSmoothingQuality = "high";
    this.old = document.createElement("canvas");
    this.old.width = SCREEN.width;
    this.old.height = SCREEN.height;
  }

  /** The next picture begins a film: it has no transition. */
  cut(): void {
    this.shown = "";
  }

  paint(scene: Scene): void {
    const now = JSON.stringify([scene.card, scene.caption, Boolean(scene.sources.popup)]);
    if (now !== this.shown) {
      // The previous picture fades out, as in the automatic films.
      this.old.getContext("2d")!.drawImage(this.canvas, 0, 0);
      this.fade = this.shown ? FADE : 0;
      this.shown = now;
    }
    this.to.fillStyle = GROUND;
    this.to.fillRect(0, 0, SCREEN.width, SCREEN.height);
    if (scene.card) this.card(scene.card);
    else this.stage(scene);
    if (this.fade > 0) {
      this.to.globalAlpha = this.fade / (FADE + 1);
      this.to.drawImage(this.old, 0, 0);
      this.to.globalAlpha = 1;
      this.fade -= 1;
    }
  }

  private stage({ bars, caption, sources }: Scene): void {
    if (sources.whole) this.picture(sources.whole, SEATS.whole);
    else {
      this.bar(bars.left, { x: 0, y: 0, width: 960, height: BAR }, "#24242e", "#35c39b");
      this.bar(bars.right, { x: 960, y: 0, width: 960, height: BAR }, "#2a2a35", "#8d86f5");
      for (const seat of ["left", "right"] as const)
        if (sources[seat]) this.picture(sources[seat], SEATS[seat]);
    }
    if (sources.popup) this.popup(sources.popup, bars.popup, Boolean(sources.whole));
    this.caption(caption);
  }

  private picture(video: HTMLVideoElement, seat: Box): void {
    const at = contain({ width: video.videoWidth, height: video.videoHeight }, seat);
    if (at.width > 0) this.to.drawImage(video, at.x, at.y, at.width, at.height);
  }

  private popup(video: HTMLVideoElement, bar: Bar, isWhole: boolean): void {
    const { to } = this;
    const behind = isWhole ? SEATS.whole : SEATS.right;
    const { x, y, width, height } = SEATS.popup;
    to.fillStyle = "rgb(0 0 0 / 41%)";
    to.fillRect(behind.x, behind.y, behind.width, behind.height);
    to.save();
    to.shadowColor = "rgb(0 0 0 / 45%)";
    to.shadowBlur = 28;
    to.fillStyle = GROUND;
    to.fillRect(x, y - POPUP_BAR, width, height + POPUP_BAR);
    to.restore();
    this.bar(bar, { x, y: y - POPUP_BAR, width, height: POPUP_BAR }, "#3a3a48", "#35c39b");
    this.picture(video, SEATS.popup);
  }

  private bar(bar: Bar, { x, y, width, height }: Box, ground: string, dot: string): void {
    const { to } = this;
    to.fillStyle = ground;
    to.fillRect(x, y, width, height);
    to.fillStyle = dot;
    to.beginPath();
    to.arc(x + 24, y + height / 2, 6, 0, 2 * Math.PI);
    to.fill();
    to.font = font(17, 600);
    const right = x + width - 18;
    const title = fit(bar.title, right - x - 42, this.measure);
    const end = x + 42 + this.measure(title);
    this.line(title, x + 42, y, height, INK);
    if (!bar.address) return;
    to.fillStyle = "rgb(0 0 0 / 25%)";
    to.beginPath();
    to.roundRect(end + 20, y + (height - 28) / 2, right - end - 20, 28, 14);
    to.fill();
    to.font = font(15);
    this.line(fit(bar.address, right - end - 52, this.measure), end + 36, y, height, "#c5c3d1");
  }

  private caption({ text, tag, step }: Caption): void {
    const { to } = this;
    const top = SCREEN.height - STRIP;
    to.fillStyle = GROUND;
    to.fillRect(0, top, SCREEN.width, STRIP);
    let [left, right] = [36, SCREEN.width - 36];
    if (tag) {
      to.font = CODE;
      const width = this.measure(tag) + 32;
      to.fillStyle = "#37336b";
      to.beginPath();
      to.roundRect(left, top + (STRIP - 46) / 2, width, 46, 10);
      to.fill();
      this.line(tag, left + 16, top, STRIP, "#d9d5ff");
      left += width + 24;
    }
    if (step) {
      to.font = font(18);
      right -= this.measure(step);
      this.line(step, right, top, STRIP, "#a09fae");
      right -= 24;
    }
    to.font = font(26);
    const height = 26 * 1.35;
    const lines = atMost(wrap(text, right - left, this.measure), 2);
    lines.forEach((line, n) =>
      this.line(line, left, top + (STRIP - lines.length * height) / 2 + n * height, height, INK),
    );
  }

  private card(card: Card): void {
    const { to } = this;
    to.save();
    to.translate(960, 324);
    to.scale(1400, 900);
    const glow = to.createRadialGradient(0, 0, 0, 0, 0, 1);
    glow.addColorStop(0, "#2b2950");
    glow.addColorStop(1, GROUND);
    to.fillStyle = glow;
    to.fillRect(-2, -2, 4, 4);
    to.restore();
    const [left, width, gap] = [340, 1240, 26];
    type Block = {
      lines: string[];
      font: string;
      spacing: string;
      height: number;
      ink: string;
      box: boolean;
    };
    const block = (
      text: string,
      size: number,
      weight: number,
      leading: number,
      ink: string,
      kind: "text" | "title" | "notice" = "text",
    ): Block => {
      const spacing = kind === "title" ? `${size * -0.02}px` : "0px";
      [to.font, to.letterSpacing] = [font(size, weight), spacing];
      const lines = (kind === "title" ? balanced : wrap)(
        text,
        kind === "notice" ? width - 60 : width,
        this.measure,
      );
      return { lines, font: to.font, spacing, height: size * leading, ink, box: kind === "notice" };
    };
    const blocks = [
      block(card.over, 24, 500, 1.35, "#b9b4f5"),
      block(card.title, 64, 600, 1.12, INK, "title"),
      ...card.lines.map((line) => block(line, 30, 400, 1.35, "#d5d3e0")),
      ...(card.notice ? [block(card.notice, 28, 500, 1.35, "#ffe3ae", "notice")] : []),
    ];
    const tall = (block: Block) => block.lines.length * block.height + (block.box ? 18 + 48 : 0);
    let y = (SCREEN.height - blocks.reduce((sum, block) => sum + tall(block), gap * (blocks.length - 1))) / 2;
    for (const block of blocks) {
      let top = y;
      if (block.box) {
        to.fillStyle = "#4a3309";
        to.beginPath();
        to.roundRect(left, y + 18, width, tall(block) - 18, 18);
        to.fill();
        top += 18 + 24;
      }
      [to.font, to.letterSpacing] = [block.font, block.spacing];
      block.lines.forEach((line, n) =>
        this.line(line, left + (block.box ? 30 : 0), top + n * block.height, block.height, block.ink),
      );
      y += tall(block) + gap;
    }
    to.letterSpacing = "0px";
  }

  private readonly measure = (text: string) => this.to.measureText(text).width;

  /** One line, in the middle of a height as CSS sets it. */
  private line(text: string, x: number, top: number, height: number, ink: string): void {
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = this.to.measureText(text);
    this.to.fillStyle = ink;
    this.to.fillText(text, x, top + (height - up - down) / 2 + up);
  }
}
