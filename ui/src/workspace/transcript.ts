// A conversation as a file that is saved: transcripts for people outside Deskbell.
import { ask } from "../api/client";
import { download } from "../kit/download";

/** The forms, with the type that the server is asked for. */
export const FORMATS = { pdf: "application/pdf", html: "text/html", txt: "text/plain" } as const;
export type Format = keyof typeof FORMATS;

/** Saves it; without `internal` it has no notes and no events, as the customer may read it. */
export async function saveTranscript(id: string, format: Format, internal: boolean): Promise<void> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const what = { path: { id }, query: { internal, time_zone: timeZone } };
  const { bytes } = await ask("/conversations/{id}/transcript", what, {
    headers: { accept: FORMATS[format] },
  });
  download(bytes, `conversation-${id}.${format}`);
}
