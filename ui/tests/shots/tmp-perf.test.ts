import { afterAll, beforeAll, test } from "vitest";
import type { Browser } from "playwright-core";
import { Mock } from "../mock";
import { launch, open, shot } from "./browser";
import type { Graph } from "../../src/admin/flows/graph/types";
let browser: Browser;
let mock: Mock;
beforeAll(async () => {
  [browser, mock] = await Promise.all([launch(), Mock.start()]);
  mock.conversations.clear();
});
afterAll(async () => {
  await browser.close();
  await mock.stop();
});
test("200 nodes", async () => {
  const nodes: Graph["nodes"] = {};
  for (let i = 0; i < 200; i++) {
    const next = `n${i + 1}`;
    nodes[`n${i}`] =
      i % 5 === 0
        ? {
            type: "menu",
            text: `Question ${i}?`,
            options: [0, 1, 2].map((k) => ({
              id: String(k),
              title: `Choice ${k}`,
              next: `n${Math.min(199, i + 1 + k)}`,
            })),
            otherwise: "n199",
          }
        : { type: "send", text: `Message ${i} with some words in it`, ...(i < 199 && { next }) };
  }
  mock.admin.flows[1]!.body = { schema: 2, start: "n0", nodes };
  const { page, problems, close } = await open(browser, `${mock.url}/admin/flows/f2`, "wide", "light");
  const t0 = Date.now();
  await page.waitForSelector(".svelte-flow__node");
  await page.waitForTimeout(1500);
  console.log(
    "shown after",
    Date.now() - t0 - 1500,
    "nodes in DOM",
    await page.locator(".svelte-flow__node").count(),
  );
  await shot(page, "tmp-perf-1");
  const measure = async (name: string, act: () => Promise<void>) => {
    await page.evaluate(() => {
      const w = window as unknown as {
        frames: number[];
        long: number[];
        on: boolean;
        po: PerformanceObserver;
      };
      w.frames = [];
      w.long = [];
      w.on = true;
      w.po = new PerformanceObserver((l) => l.getEntries().forEach((e) => w.long.push(e.duration)));
      w.po.observe({ entryTypes: ["longtask"] });
      let last = performance.now();
      const tick = (t: number) => {
        w.frames.push(t - last);
        last = t;
        if (w.on) requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    await act();
    const r = await page.evaluate(() => {
      const w = window as unknown as {
        frames: number[];
        long: number[];
        on: boolean;
        po: PerformanceObserver;
      };
      w.on = false;
      w.po.disconnect();
      const f = w.frames.slice(1).sort((a, b) => a - b);
      return {
        n: f.length,
        mean: f.reduce((a, b) => a + b, 0) / f.length,
        p50: f[Math.floor(f.length / 2)],
        p95: f[Math.floor(f.length * 0.95)],
        long: w.long.length,
        longMax: Math.max(0, ...w.long),
      };
    });
    console.log(name, JSON.stringify(r));
  };
  await measure("idle", () => page.waitForTimeout(1000));
  for (const zoom of ["fit", "near"]) {
    if (zoom === "near") {
      for (let i = 0; i < 8; i++) await page.getByRole("button", { name: "Zoom in" }).click();
      await page.waitForTimeout(800);
      console.log("near: nodes in DOM", await page.locator(".svelte-flow__node").count());
      await shot(page, "tmp-perf-2");
    }
    const all = await page.locator(".svelte-flow__node").all();
    let box = null;
    for (const one of all) {
      const b = await one.boundingBox();
      if (b && b.x > 480 && b.x < 1200 && b.y > 150 && b.y < 700) {
        box = b;
        break;
      }
    }
    if (!box) {
      console.log("no box");
      continue;
    }
    await page.mouse.move(box.x + box.width / 2, box.y + Math.min(8, box.height / 3));
    await page.mouse.down();
    const cdpStart = await page.evaluate(() => performance.now());
    await measure(`drag ${zoom}`, async () => {
      for (let i = 0; i < 90; i++) {
        await page.mouse.move(box!.x + 20 + i * 2, box!.y + 20 + (i % 30) * 3);
      }
    });
    void cdpStart;
    await page.mouse.up();
    await page.waitForTimeout(500);
    await measure(`pan ${zoom}`, async () => {
      await page.mouse.move(900, 500);
      for (let i = 0; i < 60; i++) {
        await page.mouse.wheel(0, 12);
      }
    });
  }
  console.log(problems);
  await close();
});
