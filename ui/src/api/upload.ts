// Uploads one file and reports the progress. fetch cannot report progress, so this is XMLHttpRequest.
import { apiUrl, signedOut, toProblem, unreachable } from "./client";
import type { Medium } from "./models";

export type Upload = { done: Promise<Medium>; cancel(): void };

/** For a conversation, or, without one, for a quick reply. */
export function upload(
  file: File,
  conversationId: string | null,
  onProgress: (share: number) => void,
): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Medium>((resolve, reject) => {
    request.open("POST", apiUrl("/media"));
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        try {
          resolve(JSON.parse(request.responseText) as Medium);
        } catch {
          reject(toProblem(502, "", null));
        }
        return;
      }
      if (request.status === 401) signedOut();
      reject(toProblem(request.status, request.responseText, request.getResponseHeader("retry-after")));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    const form = new FormData();
    // The conversation goes first: the server may then refuse before it reads the file.
    if (conversationId) form.append("conversation_id", conversationId);
    form.append("file", file, file.name || "file");
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}
