// Uploads a finished film to the server. A failed upload is tried again: the film must not be lost.
import { apiUrl, Problem, signedOut, toProblem, unreachable } from "../../../api/client";

const TRIES = 4;
/** wait between attempts, in ms */
const WAIT = 1500;

export async function save(path: string, video: Blob, onProgress: (share: number) => void): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(path, video, onProgress);
    } catch (error) {
      // Only errors that may be temporary: a lost connection, or a server that is restarted.
      const passes =
        error instanceof Problem &&
        (error.status === 0 ||
          error.status === 400 ||
          error.status === 502 ||
          error.status === 503 ||
          error.status === 504);
      if (!passes || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT * attempt));
    }
  }
}

function send(path: string, video: Blob, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", apiUrl(path));
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) =>
      void (event.lengthComputable && onProgress(event.loaded / event.total));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve();
      if (request.status === 401) signedOut();
      reject(toProblem(request.status, request.responseText, request.getResponseHeader("retry-after")));
    };
    request.onerror = () => reject(unreachable());
    request.send(video);
  });
}
