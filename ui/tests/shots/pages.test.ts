// Every page in three widths and two themes: photographed, free of axe findings and console errors.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Size, type Theme } from "./browser";

let browser: Browser;
let mock: Mock;
beforeAll(async () => {
  [browser, mock] = await Promise.all([launch(), Mock.start()]);
});
afterAll(async () => {
  await browser.close();
  await mock.stop();
});

type Scene = {
  name: string;
  path: string;
  ready: string;
  signedIn?: boolean;
  whole?: boolean;
  then?: (page: Page, size: Size) => Promise<void>;
};
const scenes: Scene[] = [
  { name: "sign-in", path: "/sign-in", ready: "text=Welcome back", signedIn: false },
  { name: "setup", path: "/setup#abc", ready: "text=Create administrator", signedIn: false },
  { name: "workspace", path: "/workspace", ready: "text=Petro Lysenko" },
  { name: "thread", path: "/workspace/c-olena", ready: "text=And does it come in blue" },
  { name: "every-kind", path: "/workspace/c-everykind", ready: "text=Yes, from the Page itself" },
  { name: "closed-window", path: "/workspace/c-closedwindow", ready: "text=Start of the conversation" },
  { name: "live", path: "/live", ready: "text=Wholesale customers" },
  { name: "live-along", path: "/live/c-olena", ready: "aside >> text=And does it come in blue" },
  { name: "live-wall", path: "/live/wall", ready: "text=92 % in time" },
  { name: "history", path: "/history", ready: "text=Kateryna Marchenko" },
  { name: "reading", path: "/history/c-olena", ready: "text=And does it come in blue" },
  { name: "me", path: "/me", ready: "text=Quiet hours" },
  { name: "not-found", path: "/nowhere", ready: "text=The link may be old" },
  { name: "kit", path: "/kit", ready: "text=SaveBar", signedIn: true, whole: true },
];

for (const size of ["wide", "middle", "phone"] as Size[]) {
  for (const theme of ["light", "dark"] as Theme[]) {
    test(`${size} ${theme}`, async () => {
      const findings: string[] = [];
      for (const scene of scenes) {
        mock.signedIn = scene.signedIn ?? true;
        mock.setupNeeded = scene.name === "setup";
        mock.conversations.get("c-offer")!.offer!.expires_at = new Date(Date.now() + 21_000).toISOString();
        const { page, problems } = await open(browser, mock.url + scene.path, size, theme);
        await page.waitForSelector(scene.ready, { timeout: 8_000 });
        await page.waitForTimeout(350);
        await shot(page, `${scene.name}-${size}-${theme}`, scene.whole);
        const wrong = [...(await axe(page)), ...problems];
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) wrong.push(`page is ${overflow} px too wide`);
        findings.push(...wrong.map((w) => `${scene.name}: ${w}`));
        await page.context().close();
      }
      expect(findings).toEqual([]);
    });
  }
}

test("while the program is on its way over a slow line, the shape of the page is there", async () => {
  const { page, close } = await open(browser, "about:blank", "wide");
  let release = () => {};
  const arrived = new Promise<void>((done) => (release = done));
  await page.route("**/assets/*.js", async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto(`${mock.url}/workspace`, { waitUntil: "commit" });
  const shape = page.locator(".shape");
  await shape.waitFor();
  expect((await shape.boundingBox())!.width).toBeGreaterThan(1_000);
  release();
  await page.getByRole("navigation").first().waitFor();
  expect(await shape.isVisible()).toBe(false);
  await close();
});
