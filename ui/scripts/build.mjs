// Builds the interface once for each language into one `dist`: `index.html` in English, `index.LANGUAGE.html` in the others.
// The server chooses the page; what is the same in all languages is one file.
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { LANGUAGES } from "./languages.mjs";

const ui = fileURLToPath(new URL("..", import.meta.url));
const dist = `${ui}dist`;
for (const language of LANGUAGES) {
  process.env.UI_LANGUAGE = language;
  const isFirst = language === LANGUAGES[0];
  const out = isFirst ? dist : `${ui}node_modules/.deskbell-dist-${language}`;
  await build({
    root: ui,
    logLevel: "warn",
    build: { outDir: out, emptyOutDir: true, copyPublicDir: isFirst },
  });
  if (isFirst) continue;
  mkdirSync(`${dist}/assets`, { recursive: true });
  // Their names hold a hash of what is in them.
  cpSync(`${out}/assets`, `${dist}/assets`, { recursive: true });
  renameSync(`${out}/index.html`, `${dist}/index.${language}.html`);
  renameSync(`${out}/.vite/manifest.json`, `${dist}/.vite/manifest.${language}.json`);
  rmSync(out, { recursive: true });
}
console.log(`${LANGUAGES.join(", ")}: ${readdirSync(`${dist}/assets`).length} files`);
