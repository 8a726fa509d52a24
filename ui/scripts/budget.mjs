// Fails when a room's JavaScript outgrows its budget (gzip). Reads Vite's manifest to know which
// chunks each room loads.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1024;

/** Every chunk that opening these entries loads at once. */
function chunks(...names) {
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
const sum = (files) => [...files].filter((f) => f.endsWith(".js")).reduce((total, f) => total + size(f), 0);

const signIn = chunks("index.html");
const workspace = chunks(
  "index.html",
  "src/shell/Shell.svelte",
  "src/workspace/Workspace.svelte",
  "src/workspace/OfferWatch.svelte",
);
const rows = [
  ["sign-in", sum(signIn), 30],
  ["sign-in + kit + Workspace", sum(workspace), 140],
];
const shell = chunks("index.html", "src/shell/Shell.svelte", "src/workspace/OfferWatch.svelte");
/** What is only loaded by a page that is open already. */
const within = { "src/admin/flows/canvas/CanvasHost.svelte": "src/admin/flows/FlowPage.svelte" };
for (const [name, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry || !name.startsWith("src/")) continue;
  const before = within[name] ? chunks(within[name]) : new Set();
  const more = [...chunks(name)].filter((f) => !shell.has(f) && !workspace.has(f) && !before.has(f));
  if (!workspace.has(chunk.file)) rows.push([`+ ${name}`, sum(more), 80]);
}
let over = 0;
for (const [name, kb, limit] of rows) {
  const bad = kb > limit;
  over += bad ? 1 : 0;
  console.log(`${bad ? "OVER" : "ok  "} ${kb.toFixed(1).padStart(6)} kB of ${limit}  ${name}`);
}
process.exit(over ? 1 : 0);
