// Runs the journeys: every .mjs beside this file, or those whose name holds one of the words given.
//   node tests/journeys/run.mjs [story] [postgres]
// DESKBELL_BINARY names the binary; with DESKBELL_TEST_POSTGRES journeys run on PostgreSQL too.
// DESKBELL_PATIENCE=4 waits four times as long for everything, on a busy machine.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch } from "./harness/browser.mjs";
import { endAll } from "./harness/process.mjs";
import { planned, run } from "./harness/journey.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2).map((word) => word.toLowerCase());

for (const file of readdirSync(here).sort()) {
  if (file.endsWith(".mjs") && file !== "run.mjs") await import(pathToFileURL(join(here, file)).href);
}

// Whatever ends us ends what we started.
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
]) {
  process.on(signal, () => {
    endAll();
    process.exit(status);
  });
}
process.on("exit", endAll);

const count = { passed: 0, failed: 0, skipped: 0 };
const browser = await launch();
try {
  for (const journey of planned(process.env.DESKBELL_TEST_POSTGRES)) {
    const title = journey.title.toLowerCase();
    if (!words.every((word) => title.includes(word) || journey.database === word)) continue;
    const result = await run(browser, journey);
    for (const key of Object.keys(count)) count[key] += result[key];
  }
} finally {
  await browser.close();
  endAll();
}
if (count.passed + count.failed === 0) {
  console.log(`No journey is called ${words.join(" ") || "anything"}.`);
  count.failed = 1;
}
console.log(
  `\n${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ""}`,
);
process.exitCode = count.failed ? 1 : 0;
