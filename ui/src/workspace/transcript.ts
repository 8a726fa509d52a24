// A conversation as a file that is saved: transcripts for people outside Deskbell.
import { readDocument } from "../api/client";

/** The forms, with the type that the server is asked for. */
export const FORMATS = { pdf: "application/pdf", html: "text/html", txt: "text/plain" } as const;
export type Format = keyof typeof FORMATS;

/** Saves it; without `internal` it has no notes and no events, as the customer may read it. */
export async function saveTranscript(id: string, format: Format, internal: boolean): Promise<void> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const bytes = await readDocument("/conversations/{id}/transcript", FORMATS[format], {
    path: { id },
    query: { internal, time_zone: timeZone },
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = `conversation-${id}.${format}`;
  link.click();
  // The browser reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
