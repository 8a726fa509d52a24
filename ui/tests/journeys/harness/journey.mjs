// A journey is a story in steps, told on a fresh Deskbell. The steps are what is counted; after one that failed the
// rest of its story is skipped, for it stands on it. At the end two more are counted: every page that was looked at
// pleases axe, and no window complained. Those don't stop the story, so that one run tells all.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Window, axe, picture } from "./browser.mjs";
import { startDemo, startDeskbell } from "./deskbell.mjs";

const RESULTS = join(dirname(fileURLToPath(import.meta.url)), "../../../test-results/journeys");
const journeys = [];

/** Registers a journey; `on` says on which databases it is told, `demo` that it begins with `deskbell demo`: "empty" without
 * samples, "full" with them. */
export function journey(title, { on = ["sqlite"], demo }, tell) {
  journeys.push({ title, on, demo, tell });
}

/** One entry per journey and database that is at hand. */
export function planned(postgres) {
  return journeys.flatMap(({ on, ...journey }) =>
    on.filter((database) => database === "sqlite" || postgres).map((database) => ({ ...journey, database })),
  );
}

export async function run(browser, { title, database, demo, tell }) {
  const results = join(RESULTS, `${title} on ${database}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"));
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  console.log(`\n${title} (${database})`);
  const teller = new Teller(browser, results);
  let setting;
  try {
    setting = demo
      ? await startDemo({ results, empty: demo === "empty" })
      : await startDeskbell({ database, results });
    await tell(Object.assign(teller, setting));
  } catch (error) {
    if (!teller.count.failed) teller.fail("the journey itself", error);
    if (setting) console.log(indent(`Deskbell's last words:\n${setting.desk.server.printed.slice(-1_500)}`));
    console.log(`    pictures and logs: ${results.slice(results.indexOf("ui/test-results"))}`);
  } finally {
    if (teller.pictures) teller.verdict("axe is pleased with every page", teller.findings);
    if (teller.windows.length) teller.verdict("no window complained", teller.complaints());
    for (const window of teller.windows) await window.close().catch(() => {});
    for (const act of teller.closing) act();
    await setting?.drop();
  }
  return teller.count;
}

class Teller {
  constructor(browser, results) {
    this.browser = browser;
    this.results = results;
    this.windows = [];
    this.closing = [];
    this.count = { passed: 0, failed: 0, skipped: 0 };
    this.pictures = 0;
    this.findings = [];
  }

  /** Does something when the journey is over, however it ended. */
  finally(act) {
    this.closing.push(act);
  }

  /** Opens a window for somebody. */
  async window(name, options) {
    const window = await Window.open(this.browser, name, options);
    this.windows.push(window);
    return window;
  }

  /** One step of the story. */
  async step(what, act) {
    const started = Date.now();
    try {
      const result = await act();
      this.count.passed++;
      console.log(`  ✓ ${what}  ${((Date.now() - started) / 1000).toFixed(1)} s`);
      return result;
    } catch (error) {
      this.fail(what, error);
      for (const window of this.windows) {
        const name = `failed-${window.name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
        await window.page.screenshot({ path: join(this.results, `${name}.png`) }).catch(() => {});
      }
      throw error;
    }
  }

  fail(what, error) {
    this.count.failed++;
    console.log(`  ✗ ${what}\n${indent(error.message ?? String(error))}`);
  }

  /** A closing count: passed where nothing was found. */
  verdict(what, found) {
    if (found.length) {
      this.fail(what, new Error([...new Set(found)].slice(0, 20).join("\n")));
    } else {
      this.count.passed++;
      console.log(`  ✓ ${what}`);
    }
  }

  /** Looks at a window's page: a picture to be proud of, and what axe finds. */
  async look(window, name, { accessible = true } = {}) {
    const number = String(++this.pictures).padStart(2, "0");
    await picture(window.page, this.results, `${number}-${name}`);
    if (!accessible) return;
    this.findings.push(...(await axe(window.page)).map((finding) => `${name}: ${finding}`));
  }

  complaints() {
    return this.windows.flatMap((window) => window.complaints().map((line) => `${window.name}: ${line}`));
  }
}

const indent = (text) => text.replaceAll(/^/gm, "      ");
