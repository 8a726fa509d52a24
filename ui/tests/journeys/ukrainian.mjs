// A browser that speaks Ukrainian sees every page in Ukrainian: no sentence of the screens is left in English. Names and what
// people wrote are not ours to translate.
import assert from "node:assert/strict";
import { journey } from "./harness/journey.mjs";
import { until } from "./harness/process.mjs";

/** What is called so in every language: products, Meta's own words, and the demo's names. */
const NAMES = [
  // What the demo's people and texts are called.
  /María-Fernanda de los Ángeles Castañeda-Villavicencio y Montenegro/g,
  /Short break|One moment/g,
  // Where Meta keeps it, in the words of its dashboard.
  /API setup with Instagram login|Instagram app secret/gi,
  /Deskbell|OpenAI|Messenger|Instagram|Facebook|WhatsApp|Meta\b|Business Suite|WhatsApp Manager|Human Agent|App Review/g,
  /App ID|App Secret|App settings,? Basic|Page ID|Embedded Signup|Instagram Login|Login for Business|Cloud API|Graph API/g,
  /Callback URL|OAuth Redirect URIs?|Deauthorize Callback URL|Data Deletion Request URL|Valid OAuth|Allow API Access to App Settings/gi,
  /https?:\S+|\S+@\S+|\S+\.(example|com|org|md|mp4|webm|html)\S*|[\w-]+(_[\w-]+)+|[A-Z_]{3,}|Ctrl|Alt|Enter|Esc|Shift|JSON|ZIP|CSV/g,
  /Anna Admin|Ben Lind|Carla Voss|Lavka|General|Welcome|Shop\b/g,
];

/** The texts of the page, and what screen readers say, without what people wrote. */
function texts() {
  const found = [];
  const ours = (element) =>
    !element.closest(
      "[dir=auto], bdi, [lang=en], script, style, textarea, code, pre, .mono, svg, [aria-hidden=true]",
    );
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node.parentElement && ours(node.parentElement)) found.push(node.data);
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
    if (ours(element))
      for (const name of ["aria-label", "title", "placeholder", "alt"])
        found.push(element.getAttribute(name) ?? "");
  found.push(document.title);
  return found.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
}

/** Two English words in a row, or more. */
function english(text) {
  const rest = NAMES.reduce((left, name) => left.replace(name, " · "), text);
  return /[A-Za-z][a-z’']*[a-z](?:[ ,]+[a-z][a-z’']*)+/.test(rest);
}

journey("Ukrainian", { demo: "full" }, async (t) => {
  const { desk } = t;
  const anna = { email: desk.told(/Sign in as +(\S+@\S+)/), password: desk.told(/password +(\S+)/) };
  const boss = await t.window("Anna", { locale: "uk-UA" });
  const { page } = boss;
  const left = [];
  const read = async (name) => {
    for (const text of await page.evaluate(texts)) if (english(text)) left.push(`${name}: ${text}`);
  };
  const settled = async () => {
    // The stream of events stays open, so the network is never idle.
    await page.locator("h1, h2, [role=heading]").first().waitFor();
    await until("the page is loaded", async () => (await page.locator("[aria-busy=true]").count()) === 0);
  };

  await t.step("Anna signs in on a page in Ukrainian", async () => {
    await page.goto(`${desk.url}/sign-in`);
    assert.equal(await page.locator("html").getAttribute("lang"), "uk");
    await page.getByLabel("Ел. пошта").fill("nobody@example.org");
    await page.getByLabel("Пароль", { exact: true }).fill("wrong horse battery");
    boss.expected.push(/status of 401/);
    await page.getByRole("button", { name: "Увійти" }).click();
    await page.getByRole("alert").waitFor();
    await read("sign-in");
    await page.getByLabel("Ел. пошта").fill(anna.email);
    await page.getByLabel("Пароль", { exact: true }).fill(anna.password);
    await page.getByRole("button", { name: "Увійти" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  });

  await t.step("she accepts a customer, and the thread speaks Ukrainian", async () => {
    await page.goto(`${desk.url}/workspace`);
    await page.getByRole("switch", { name: "Кол-центр" }).click();
    await page.getByRole("button", { name: "Прийняти" }).first().click();
    await page
      .getByText(/^Прийнято:/)
      .first()
      .waitFor();
    await settled();
    await read("thread");
    await t.look(boss, "thread");
    await page.keyboard.press("Escape");
    for (const name of ["Передати", "Закрити розмову"]) {
      await page.getByRole("button", { name }).first().click();
      await page.getByRole("dialog").waitFor();
      await read(name);
      await page.keyboard.press("Escape");
    }
  });

  await t.step("every page that the menus lead to is in Ukrainian", async () => {
    const { items: gateways } = await (await page.request.get(`${desk.url}/api/v1/gateways`)).json();
    const { items: flows } = await (await page.request.get(`${desk.url}/api/v1/flows`)).json();
    const { items: queues } = await (await page.request.get(`${desk.url}/api/v1/queues`)).json();
    await page.goto(`${desk.url}/admin`);
    await settled();
    const places = await page
      .locator("nav a[href]")
      .evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    const gateway = `/admin/gateways/${gateways[0].id}`;
    const tabs = ["meta", "pages", "instagram", "whatsapp", "templates", "health"].map(
      (tab) => `${gateway}/${tab}`,
    );
    const more = [...tabs, `/admin/flows/${flows[0].id}`, `/admin/queues/${queues[0].id}`, "/me", "/nowhere"];
    boss.expected.push(/status of 404/);
    for (const path of [...new Set([...places, ...more])]) {
      await page.goto(desk.url + path);
      await settled();
      await read(path);
    }
    await t.look(boss, "admin");
  });

  await t.step("no sentence is left in English", () => assert.deepEqual([...new Set(left)], []));

  await t.step("her own setting counts more than the browser's language", async () => {
    await page.goto(`${desk.url}/me`);
    await page.getByLabel("Мова", { exact: true }).selectOption("en");
    await page.getByRole("heading", { name: "My settings" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    const elsewhere = await t.window("Anna elsewhere", { locale: "uk-UA" });
    await elsewhere.page.goto(`${desk.url}/sign-in`);
    await elsewhere.page.getByLabel("Ел. пошта").fill(anna.email);
    await elsewhere.page.getByLabel("Пароль", { exact: true }).fill(anna.password);
    await elsewhere.page.getByRole("button", { name: "Увійти" }).click();
    await elsewhere.page.getByRole("navigation", { name: "Main" }).waitFor();
  });
});
