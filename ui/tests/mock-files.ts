// The files that the mock serves beside the API: the build of the interface, as the real server does.
import { readFileSync, existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";

/** MOCK_DIST points the pictures at another build. */
const DIST = process.env.MOCK_DIST ?? join(import.meta.dirname, "../dist");
const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
};
const CSP =
  "default-src 'self'; img-src 'self' blob: data: https://*.fbcdn.net https://*.fbsbx.com https://*.cdninstagram.com; media-src 'self' blob: https://*.fbcdn.net https://*.fbsbx.com https://*.cdninstagram.com; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/** A file of the build; the page in the browser's language for any other path. */
export function serveFile(path: string, language: string | undefined, response: ServerResponse): void {
  const wanted = join(DIST, normalize(path));
  const page = language === "uk" ? "index.uk.html" : "index.html";
  const file = extname(path) && existsSync(wanted) ? wanted : join(DIST, page);
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": CSP,
  });
  response.end(readFileSync(file));
}
