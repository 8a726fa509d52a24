// Chromium from Debian, windows that remember every complaint, axe, and pictures.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PATIENCE, until } from "./process.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const launch = () =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** A window of one person: cookies of its own, and a list of everything that went wrong in it. */
export class Window {
  constructor(name, context, page, problems) {
    Object.assign(this, { name, context, page, problems });
    /** Complaints that a journey expects, such as a refused request. */
    this.expected = [];
  }

  static async open(
    browser,
    name,
    { width = 1440, height = 900, theme = "light", phone = false, locale = "en-GB" } = {},
  ) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: "reduce",
      hasTouch: phone,
      locale,
      timezoneId: "Europe/Kyiv",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(PATIENCE);
    const problems = [];
    const watch = (page) => {
      page.on("pageerror", (error) => problems.push(`error: ${error.stack ?? error.message}`));
      page.on("console", (line) => {
        // A warning of Svelte's is a mistake of ours.
        if (line.type() === "error" || line.text().includes("svelte.dev/e/"))
          problems.push(`console: ${line.text()} (${line.location().url})`);
      });
      page.on("crash", () => problems.push("the page crashed"));
    };
    context.on("page", watch);
    return new Window(name, context, await context.newPage(), problems);
  }

  /** What nobody expected. Asking who is signed in is answered 401 until somebody is; and on a busy machine an offer may
   * be accepted before its page has told that it was seen. */
  complaints() {
    const known = [
      /status of 401 .*\/api\/v1\/(me|session)\b/,
      /status of 409 .*\/offer-shown\b/,
      /favicon/,
      ...this.expected,
    ];
    return this.problems.filter((problem) => !known.some((pattern) => pattern.test(problem)));
  }

  async close() {
    await this.context.close();
  }
}

/** Waits until nothing on the page is about to move, so that pictures are the same each time. */
async function settle(page) {
  await page.evaluate(async () => {
    await document.fonts.ready;
    const pictures = [...document.images].filter((picture) => !picture.complete);
    const loaded = Promise.all(pictures.map((picture) => picture.decode().catch(() => {})));
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 3_000))]);
  });
}

/** Where something is once it does not move any more: on a busy machine a view may still be about to scroll or zoom. */
export async function steadyBox(locator) {
  let before = null;
  return until("it stands still", async () => {
    const now = await locator.boundingBox();
    const same = now && before && ["x", "y", "width", "height"].every((key) => now[key] === before[key]);
    before = now;
    if (!same) await new Promise((resolve) => setTimeout(resolve, 150));
    return same && now;
  });
}

export async function picture(page, folder, name) {
  await settle(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** axe's findings, each as one line; of all rules, or of those that are named. */
export async function axe(page, only) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const runOnly = only ? { type: "rule", values: only } : RULES;
  return page.evaluate(async (runOnly) => {
    const { violations } = await window.axe.run(document, { runOnly, resultTypes: ["violations"] });
    return violations.map(({ id, help, nodes }) => {
      const places = nodes
        .slice(0, 3)
        .map(
          (node) =>
            `${node.target.join(" ")} (${node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? ""})`,
        );
      return `${id}: ${help}: ${places.join("; ")}${nodes.length > 3 ? ` and ${nodes.length - 3} more` : ""}`;
    });
  }, runOnly);
}
