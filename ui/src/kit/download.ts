// Files that this page made or read, saved by the browser.

export function download(bytes: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // The browser reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Words as the name of a file. */
export const fileName = (words: string, otherwise: string): string =>
  words
    .trim()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .toLowerCase() || otherwise;
