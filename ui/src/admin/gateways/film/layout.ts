// Where everything is in the picture: the same places as in the films that Deskbell makes on its own (crates/film, stage.rs
// and stage.css). All lengths are pixels of the film.

export type Box = { x: number; y: number; width: number; height: number };
export type Seat = "left" | "right" | "whole" | "popup";

export const SCREEN = { width: 1920, height: 1080 };
export const BAR = 44;
export const POPUP_BAR = 40;
export const STRIP = 92;

/** Where the picture of each source goes. */
export const SEATS: Record<Seat, Box> = {
  left: { x: 0, y: BAR, width: 960, height: 944 },
  right: { x: 960, y: BAR, width: 960, height: 944 },
  whole: { x: 0, y: 0, width: 1920, height: 1080 - STRIP },
  popup: { x: 1120, y: 236, width: 640, height: 600 },
};

/** The largest place in a box that keeps a picture's shape, in the middle. Nothing is ever stretched. */
export function contain(picture: { width: number; height: number }, box: Box): Box {
  if (picture.width <= 0 || picture.height <= 0) return { ...box, width: 0, height: 0 };
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  return {
    x: box.x + Math.round((box.width - width) / 2),
    y: box.y + Math.round((box.height - height) / 2),
    width,
    height,
  };
}

/** Breaks a text into lines of at most `width`; a single word may be longer. */
export function wrap(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line) lines.push(line);
  return lines;
}

/** The same number of lines, about equally long, as titles want it. */
export function balanced(text: string, width: number, measure: (text: string) => number): string[] {
  const count = wrap(text, width, measure).length;
  let [low, high] = [0, width];
  while (high - low > 2) {
    const middle = (low + high) / 2;
    if (wrap(text, middle, measure).length > count) low = middle;
    else high = middle;
  }
  const lines = wrap(text, high, measure);
  return lines.every((line) => measure(line) <= width) ? lines : wrap(text, width, measure);
}

/** At most this many lines; text that does not fit ends in an ellipsis. */
export function atMost(lines: string[], most: number): string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]}…`];
}

/** One line, cut to a width. */
export function fit(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  const letters = [...text];
  while (letters.length > 0 && measure(`${letters.join("")}…`) > width) letters.pop();
  return `${letters.join("")}…`;
}
