// How an attachment is shown.
import type { Attachment } from "../api/models";

export type Player = "image" | "video" | "audio" | "file";

/** The picture formats that every browser shows. The server displays no others inline. */
const DRAWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The type that the server detected decides; until the file is loaded, the type in the channel's message. */
export function playerOf({ type, mime }: Pick<Attachment, "type" | "mime">): Player {
  if (!mime) return type === "sticker" ? "image" : type;
  if (DRAWN.includes(mime)) return "image";
  if (type === "audio" || mime.startsWith("audio/")) return "audio";
  return mime.startsWith("video/") ? "video" : "file";
}

/** A picture that is offered as a file, because browsers cannot show it. */
export const isUndrawnPicture = ({ mime }: Pick<Attachment, "mime">) =>
  !!mime?.startsWith("image/") && !DRAWN.includes(mime);
