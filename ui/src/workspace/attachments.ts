// What an attachment is shown as.
import type { Attachment } from "../api/models";

export type Player = "image" | "video" | "audio" | "file";

/** The pictures that every browser draws. The server shows no others in place. */
const DRAWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** What the server found in the file decides; before it is here, what the channel calls it. */
export function playerOf({ type, mime }: Pick<Attachment, "type" | "mime">): Player {
  if (!mime) return type === "sticker" ? "image" : type;
  if (DRAWN.includes(mime)) return "image";
  if (type === "audio" || mime.startsWith("audio/")) return "audio";
  return mime.startsWith("video/") ? "video" : "file";
}

/** A picture that is offered as a file, because browsers do not draw it. */
export const isUndrawnPicture = ({ mime }: Pick<Attachment, "mime">) =>
  !!mime?.startsWith("image/") && !DRAWN.includes(mime);
