// Chromium for pictures and journeys, with what every test wants: a page of a size and theme, axe, shots.
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { chromium, type Browser, type Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const OUT = join(import.meta.dirname, "../../test-results/shots");
mkdirSync(OUT, { recursive: true });

export const SIZES = { wide: [1440, 900], middle: [1024, 768], phone: [390, 844] } as const;
export type Size = keyof typeof SIZES;
export type Theme = "light" | "dark";

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });

export type Opened = { page: Page; problems: string[]; close: () => Promise<void> };

/** A fresh page that remembers everything the console complained about. */
export async function open(
  browser: Browser,
  url: string,
  size: Size = "wide",
  theme: Theme = "light",
): Promise<Opened> {
  const [width, height] = SIZES[size];
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    bypassCSP: false,
    reducedMotion: "reduce",
    hasTouch: size === "phone",
    timezoneId: "Europe/Kyiv",
    locale: "en-GB",
  });
  const page = await context.newPage();
  // A wait ends with what it waits for; only a busy machine needs this long.
  page.setDefaultTimeout(30_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (line) => {
    if (line.type() === "error" && !/status of 4\d\d|ERR_/.test(line.text())) problems.push(line.text());
    // A warning of Svelte's is a mistake of ours.
    if (line.text().includes("svelte.dev/e/")) problems.push(line.text());
  });
  await page.goto(url);
  const close = async () => {
    await context.close();
    expect(problems, "what the console complained about").toEqual([]);
  };
  return { page, problems, close };
}

export async function shot(page: Page, name: string, fullPage = false): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(OUT, `${name}.png`), fullPage });
}

/** axe's findings as short lines; none is the mark. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe: tool } = window as unknown as {
      axe: {
        run: (
          o: object,
        ) => Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }>;
      };
    };
    const result = await tool.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return result.violations.map(
      (v) =>
        `${v.id}: ${v.nodes
          .map((n) => `${n.target.join(" ")} ${n.failureSummary.split("\n")[1]?.trim() ?? ""}`)
          .slice(0, 4)
          .join(" | ")}`,
    );
  });
  return found;
}
