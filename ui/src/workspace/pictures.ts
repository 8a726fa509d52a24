// Pictures of a thread: which there are, and how large they are drawn before they arrive.
import type { Attachment, Message } from "../api/models";
import { playerOf } from "./attachments";

/** Those that can be opened in the viewer, oldest first. */
export const picturesOf = (messages: Pick<Message, "attachments" | "unsent_at">[]): Attachment[] =>
  messages
    .filter((message) => !message.unsent_at)
    .flatMap((message) => message.attachments)
    .filter((a) => playerOf(a) === "image" && a.status === "stored" && a.url && !isLike(a));

/** Meta's thumbs-up is shown as the emoji. */
export const isLike = (a: Attachment): boolean =>
  a.type === "sticker" && a.name === "👍" && a.status !== "stored";

const WIDEST = 320;
const HIGHEST = 360;
const LEAST = 96;

/** The space that a picture or video takes in the thread: its own proportions, within limits. */
export function frameOf(a: Attachment): { width: number; height: number } {
  if (a.type === "sticker") return { width: LEAST, height: LEAST };
  if (!a.width || !a.height) return { width: 240, height: 180 };
  const scale = Math.min(WIDEST / a.width, HIGHEST / a.height, 1);
  return {
    width: Math.max(LEAST, Math.round(a.width * scale)),
    height: Math.max(LEAST, Math.round(a.height * scale)),
  };
}
