// Writes a .br and a .gz beside every asset that gains by it, so that the server never compresses.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(js|mjs|css|html|svg|json|txt|webmanifest)$/;
const LEAST = 1024;

const [folder] = process.argv.slice(2);
let before = 0;
let after = 0;
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  // Vite's own notes (.vite) are not served.
  if (!entry.isFile() || entry.parentPath.includes("/.vite")) continue;
  const path = join(entry.parentPath, entry.name);
  if (/\.(br|gz)$/.test(path)) continue;
  const text = readFileSync(path);
  rmSync(`${path}.br`, { force: true });
  rmSync(`${path}.gz`, { force: true });
  if (!TEXT.test(path) || text.length < LEAST) continue;
  const br = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  });
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
  before += text.length;
  after += br.length;
}
console.log(`${Math.round(before / 1024)} kB became ${Math.round(after / 1024)} kB`);
