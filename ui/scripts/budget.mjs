// Fails when a room's JavaScript outgrows its budget (gzip), in any language. Reads Vite's manifests to know which
// chunks each room loads.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { LANGUAGES } from "./languages.mjs";

/** What is only loaded by a page that is open already: only what it adds counts. */
const DESIGNER = "src/admin/flows/FlowPage.svelte";
const within = Object.fromEntries(
  [
    "canvas/CanvasHost",
    "customers/Customers",
    "versions/Versions",
    "versions/Compare",
    "KeywordsDialog",
    "MergeDialog",
    "SecretsDialog",
  ].map((part) => [`src/admin/flows/${part}.svelte`, DESIGNER]),
);
const dist = new URL("../dist/", import.meta.url);
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1024;
/** What is too large, printed last, where a long log is read first. */
const over = [];
for (const language of LANGUAGES) {
  const name = language === LANGUAGES[0] ? "manifest.json" : `manifest.${language}.json`;
  report(language, JSON.parse(readFileSync(new URL(`.vite/${name}`, dist), "utf8")));
}
over.forEach((line) => console.log(line));
process.exit(over.length > 0 ? 1 : 0);

function report(language, manifest) {
  const workspaceRooms = [
    "src/shell/Shell.svelte",
    "src/workspace/Workspace.svelte",
    "src/workspace/OfferWatch.svelte",
  ];
  const signIn = chunks(manifest, "index.html");
  const workspace = chunks(manifest, "index.html", ...workspaceRooms);
  const rows = [
    ["sign-in", sum(signIn), 30],
    ["sign-in + kit + Workspace", sum(workspace), 140],
  ];
  const shell = chunks(manifest, "index.html", "src/shell/Shell.svelte", "src/workspace/OfferWatch.svelte");
  for (const [name, chunk] of Object.entries(manifest)) {
    if (!chunk.isDynamicEntry || !name.startsWith("src/")) continue;
    const before = within[name] ? chunks(manifest, within[name]) : new Set();
    const more = [...chunks(manifest, name)].filter(
      (f) => !shell.has(f) && !workspace.has(f) && !before.has(f),
    );
    if (!workspace.has(chunk.file)) rows.push([`+ ${name}`, sum(more), 80]);
  }
  for (const [name, kb, limit] of rows) {
    const line = `${kb.toFixed(1).padStart(6)} kB of ${limit}  ${language}: ${name}`;
    if (kb > limit) over.push(`OVER ${line}`);
    else console.log(`ok   ${line}`);
  }
}

/** Every chunk that opening these entries loads at once. */
function chunks(manifest, ...names) {
  const seen = new Set();
  const visit = (name) => {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`no chunk named ${name}: was the room renamed?`);
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    (chunk.imports ?? []).forEach(visit);
  };
  names.forEach(visit);
  return seen;
}

function sum(files) {
  return [...files].filter((f) => f.endsWith(".js")).reduce((total, f) => total + size(f), 0);
}
