// Every page of the menus, with what the demo fills it with, pleases axe in the light and in the dark.
import assert from "node:assert/strict";
import { axe } from "./harness/browser.mjs";
import { journey } from "./harness/journey.mjs";
import { signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

const TABS = ["meta", "pages", "instagram", "whatsapp", "templates", "health", "review", "film"];
/** The only rules that see colours. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

journey("Both themes", { demo: "full" }, async (t) => {
  const { desk } = t;
  const anna = { email: desk.told(/Sign in as +(\S+@\S+)/), password: desk.told(/password +(\S+)/) };
  const boss = await t.window("Anna");
  const { page, context } = boss;
  await signIn(boss, desk, anna);
  const list = async (path) => (await (await page.request.get(`${desk.url}/api/v1${path}`)).json()).items;

  const places = await t.step("the menus lead to every page", async () => {
    await page.goto(`${desk.url}/admin`);
    const links = () =>
      page.locator("nav a[href^='/']").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    await until("the menus are there", async () => (await links()).length > 20);
    const [gateway] = await list("/gateways");
    // The demo's customers come one after the other.
    const { id } = await until("a customer waits", async () =>
      (await list("/conversations?state=queued")).find(({ channel }) => channel === "messenger"),
    );
    const single = async (kind) =>
      (await list(`/${kind}`)).slice(0, 1).map((one) => `/admin/${kind}/${one.id}`);
    const more = await Promise.all(["flows", "queues", "users", "calendars", "forms"].map(single));
    return [
      ...new Set([
        ...(await links()),
        ...TABS.map((tab) => `/admin/gateways/${gateway.id}/${tab}`),
        ...more.flat(),
        ...[`/workspace/${id}`, `/live/${id}`, "/live/wall", "/me", "/me/quick-replies", "/nowhere"],
      ]),
    ];
  });

  const findings = [];
  /** Goes there as a link leads there, without another start of the whole page. */
  const go = async (tab, place) => {
    await tab.evaluate((href) => {
      const link = Object.assign(document.createElement("a"), { href });
      document.body.append(link);
      link.click();
      link.remove();
    }, place);
    await tab.locator("h1").first().waitFor({ state: "attached" });
    await until(`${place} is loaded`, async () => (await tab.locator("[aria-busy=true]").count()) === 0);
  };
  const show = async (tab, colorScheme) => {
    await tab.emulateMedia({ colorScheme });
    await tab.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
  };
  const look = async (tab, place) => {
    await go(tab, place);
    for (const [theme, rules] of [
      ["light", undefined],
      ["dark", OF_COLOURS],
    ]) {
      await show(tab, theme);
      findings.push(...(await axe(tab, rules)).map((finding) => `${place} in the ${theme}: ${finding}`));
    }
  };

  await t.step(`${places.length} pages please axe in both themes`, async () => {
    const left = [...places];
    const walk = async (tab) => {
      await tab.goto(`${desk.url}/me`);
      for (let place = left.shift(); place; place = left.shift()) await look(tab, place);
    };
    await Promise.all([walk(page), walk(await context.newPage())]);
    assert.deepEqual(findings, []);
  });
});
