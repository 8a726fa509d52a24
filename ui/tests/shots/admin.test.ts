// Every page of Admin in three widths and two themes: photographed, free of axe findings and console errors.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { Mock } from "../mock";
import { axe, launch, open, shot, type Size, type Theme } from "./browser";

let browser: Browser;
let mock: Mock;
beforeAll(async () => {
  [browser, mock] = await Promise.all([launch(), Mock.start()]);
  mock.conversations.delete("c-offer");
});
afterAll(async () => {
  await browser.close();
  await mock.stop();
});

/** SCENES=users,queues looks at these alone. */
const only = process.env.SCENES?.split(",");
type Scene = {
  name: string;
  path: string;
  ready: string;
  before?: () => void;
  then?: (page: Page) => Promise<unknown>;
};
const scenes: Scene[] = [
  {
    name: "first-run",
    path: "/admin",
    ready: "text=Connect a Facebook page",
    before: () =>
      (mock.admin.checklist = {
        items: [
          { key: "gateway", done: true },
          { key: "page", done: false },
          { key: "agent", done: false },
          { key: "message", done: false },
        ],
      }),
  },
  {
    name: "overview",
    path: "/admin",
    ready: "text=waiting",
    before: () => mock.admin.checklist.items.forEach((item) => (item.done = true)),
  },
  { name: "gateways", path: "/admin/gateways", ready: "text=Lavka shop" },
  {
    name: "gateway-new",
    path: "/admin/gateways",
    ready: "text=Lavka shop",
    then: async (page) => {
      await page.getByRole("button", { name: "New gateway" }).click();
      await page.getByRole("textbox", { name: "App ID" }).fill("abc");
      await page.getByRole("button", { name: "Create gateway" }).click();
      await page.waitForSelector("text=The App ID is a number; you");
    },
  },
  { name: "guide", path: "/admin/gateways/g2", ready: "text=Create a Business app" },
  { name: "guide-done", path: "/admin/gateways/g1/guide", ready: "text=It works" },
  {
    name: "meta",
    path: "/admin/gateways/g1",
    ready: "text=Data deletion URL",
    then: async (page) => {
      await page.getByRole("textbox", { name: "Name" }).fill("Lavka");
      await page.waitForSelector("text=Changed: Name");
    },
  },
  { name: "pages", path: "/admin/gateways/g1/pages", ready: "text=Lavka Outlet" },
  {
    name: "choose-pages",
    path: "/admin/gateways/g1/pages",
    ready: "text=Lavka Outlet",
    then: (page) => page.getByRole("button", { name: "Choose pages" }).click(),
  },
  { name: "instagram-ways", path: "/admin/gateways/g2/instagram", ready: "text=Through a Facebook page" },
  { name: "instagram", path: "/admin/gateways/g1/instagram", ready: "text=@lavka.shop" },
  {
    name: "instagram-app",
    path: "/admin/gateways/g2/instagram",
    ready: "text=Through a Facebook page",
    then: (page) => page.getByRole("button", { name: "Set up Instagram Login" }).click(),
  },
  { name: "whatsapp-ways", path: "/admin/gateways/g2/whatsapp", ready: "text=With a system user’s token" },
  { name: "whatsapp", path: "/admin/gateways/g1/whatsapp", ready: "text=Low quality" },
  {
    name: "whatsapp-token",
    path: "/admin/gateways/g2/whatsapp",
    ready: "text=With a system user’s token",
    then: async (page) => {
      await page.getByRole("button", { name: "Paste a token" }).click();
      await page.getByRole("textbox", { name: "Token" }).fill("wrong");
      await page.getByRole("button", { name: "Connect numbers" }).click();
      await page.waitForSelector("text=it has expired or was revoked");
    },
  },
  {
    name: "whatsapp-register",
    path: "/admin/gateways/g1/whatsapp",
    ready: "text=Low quality",
    then: async (page) => {
      await page.getByRole("button", { name: "Actions for +49 30 901820" }).click();
      await page.getByRole("menuitem", { name: "Register number" }).click();
      await page.getByLabel("PIN").waitFor();
    },
  },
  { name: "templates", path: "/admin/gateways/g1/templates", ready: "text=What the customer sees" },
  { name: "health", path: "/admin/gateways/g3/health", ready: "text=changed her password" },
  { name: "health-fine", path: "/admin/gateways/g1/health", ready: "text=Everything works" },
  { name: "webhooks", path: "/admin/webhooks", ready: "text=crm.example.org" },
  {
    name: "webhook-new",
    path: "/admin/webhooks",
    ready: "text=crm.example.org",
    then: async (page) => {
      await page.getByRole("button", { name: "New webhook" }).click();
      await page.waitForSelector("text=An alarm is raised");
    },
  },
  { name: "flows", path: "/admin/flows", ready: "text=Autumn sale" },
  { name: "flow", path: "/admin/flows/f1", ready: ".svelte-flow__node" },
  {
    name: "flow-step",
    path: "/admin/flows/f1",
    ready: ".svelte-flow__node",
    then: async (page) => {
      await page.locator(".svelte-flow__node[data-id=menu]").focus();
      await page.keyboard.press("Enter");
      await page.getByRole("textbox", { name: "Question" }).waitFor();
    },
  },
  {
    name: "flow-tried",
    path: "/admin/flows/f1",
    ready: ".svelte-flow__node",
    then: async (page) => {
      await page.getByRole("button", { name: "Try it" }).click();
      await page.getByRole("log").getByText("How can we help you?").waitFor();
    },
  },
  {
    name: "flow-list",
    path: "/admin/flows/f1",
    ready: ".svelte-flow__node",
    then: (page) => page.getByRole("tab", { name: "List" }).click(),
  },
  {
    name: "flow-compared",
    path: "/admin/flows/f1",
    ready: ".svelte-flow__node",
    then: async (page) => {
      await page.getByRole("tab", { name: "Versions" }).click();
      await page.getByRole("button", { name: "Compare versions" }).click();
      await page.locator(".svelte-flow__node .changed").waitFor();
    },
  },
  {
    name: "flow-json",
    path: "/admin/flows/f1",
    ready: ".svelte-flow__node",
    then: (page) => page.getByRole("tab", { name: "JSON" }).click(),
  },
  {
    name: "flow-versions",
    path: "/admin/flows/f1",
    ready: ".svelte-flow__node",
    then: (page) => page.getByRole("tab", { name: "Versions" }).click(),
  },
  { name: "campaigns", path: "/admin/campaigns", ready: "text=before Christmas" },
  { name: "campaign", path: "/admin/campaigns/k1", ready: "text=quality is low" },
  {
    name: "campaign-new",
    path: "/admin/campaigns",
    ready: "text=before Christmas",
    then: async (page) => {
      await page.getByRole("button", { name: "New campaign" }).click();
      await page.getByRole("combobox", { name: "Template" }).selectOption({ index: 1 });
      await page.getByRole("textbox", { name: "Recipients" }).fill("+4915100000001; Ann; 77\n0151; Ben; 78");
      await page.waitForSelector("text=Line 2: Begin with the number");
    },
  },
  { name: "teams", path: "/admin/teams", ready: "text=Support" },
  { name: "skills", path: "/admin/skills", ready: "text=Ukrainian" },
  { name: "queues", path: "/admin/queues", ready: "text=Returns and refunds" },
  {
    name: "queue",
    path: "/admin/queues/q1",
    ready: "text=Offer time",
    then: (page) => page.getByRole("switch", { name: "All agents serve it" }).click(),
  },
  { name: "calendars", path: "/admin/calendars", ready: "text=Office hours" },
  { name: "calendar", path: "/admin/calendars/cal1", ready: "text=Weekly hours" },
  {
    name: "macro",
    path: "/admin/macros",
    ready: "text=Thank and close",
    then: (page) => page.getByRole("button", { name: "Edit Thank and close" }).click(),
  },
  {
    name: "role",
    path: "/admin/roles",
    ready: "text=Editor",
    then: (page) => page.getByRole("button", { name: "Edit Editor" }).click(),
  },
  {
    name: "contacts",
    path: "/admin/contacts",
    ready: "text=Export",
    then: (page) => page.getByRole("button", { name: "Import" }).first().click(),
  },
  { name: "close-reasons", path: "/admin/close-reasons", ready: "text=Wrong number" },
  { name: "forms", path: "/admin/forms", ready: "text=Order" },
  { name: "form", path: "/admin/forms/form1", ready: "text=Choices" },
  { name: "pause-causes", path: "/admin/pause-causes", ready: "text=Lunch" },
  { name: "quick-replies", path: "/admin/quick-replies", ready: "text=Opening hours" },
  {
    name: "quick-reply",
    path: "/admin/quick-replies",
    ready: "text=Opening hours",
    then: (page) => page.getByRole("button", { name: "Edit Greeting" }).click(),
  },
  { name: "users", path: "/admin/users", ready: "text=Taras Melnyk" },
  {
    name: "user-new",
    path: "/admin/users",
    ready: "text=Taras Melnyk",
    then: async (page) => {
      await page.getByRole("button", { name: "Add user" }).click();
      await page.getByRole("button", { name: "Generate" }).click();
    },
  },
  { name: "user", path: "/admin/users/u2", ready: "text=Conversations at once" },
  { name: "tokens", path: "/admin/tokens", ready: "text=Order system" },
  { name: "deliveries", path: "/admin/deliveries", ready: "table" },
  {
    name: "deliveries-empty",
    path: "/admin/deliveries?state=failed&gateway=g4",
    ready: "text=Nothing matches",
  },
  { name: "delivery", path: "/admin/deliveries?delivery=d98", ready: "pre" },
];

for (const size of ["wide", "middle", "phone"] as Size[]) {
  for (const theme of ["light", "dark"] as Theme[]) {
    test(`${size} ${theme}`, async () => {
      const findings: string[] = [];
      for (const scene of scenes.filter((one) => !only || only.includes(one.name))) {
        scene.before?.();
        const { page, problems } = await open(browser, mock.url + scene.path, size, theme);
        try {
          await page.waitForSelector(scene.ready);
          await scene.then?.(page);
          await page.waitForTimeout(350);
          await shot(page, `admin-${scene.name}-${size}-${theme}`);
          const wide = await page.evaluate(() => {
            const pane = document.querySelector(".page");
            return Math.max(
              document.documentElement.scrollWidth - innerWidth,
              pane ? pane.scrollWidth - pane.clientWidth : 0,
              ...[...document.querySelectorAll(".scroll")].map(
                (table) => table.scrollWidth - table.clientWidth,
              ),
            );
          });
          if (wide > 0) problems.push(`page is ${wide} px too wide`);
          findings.push(...[...(await axe(page)), ...problems].map((w) => `${scene.name}: ${w}`));
        } catch (error) {
          await shot(page, `admin-${scene.name}-${size}-${theme}`);
          findings.push(`${scene.name}: ${String(error).split("\n")[0]}`, ...problems);
        }
        await page.context().close();
      }
      expect(findings).toEqual([]);
    }, 400_000);
  }
}
