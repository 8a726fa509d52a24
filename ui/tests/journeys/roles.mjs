// Each role walks through every page that its menus lead to. A request that the role is not allowed to make, or any other
// error, is a complaint of its window and fails the journey.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { journey } from "./harness/journey.mjs";
import { APP, CUSTOMERS, PAGES } from "./harness/deskbell.mjs";
import { Agent, Phone, connectPages, createGateway, signIn, whoIsOffered } from "./harness/people.mjs";

journey("The pages of each role", {}, async (t) => {
  const { desk, sandbox } = t;
  const user = (name, role) => desk.addUser({ email: `${role}@example.org`, name, role });
  const anna = user("Anna Admin", "administrator");
  const sam = user("Sam Lead", "supervisor");
  const maya = user("Maya Lind", "agent");
  const customer = CUSTOMERS.olena;
  const admin = await t.window("the administrator");

  await t.step("a Page is connected, and an agent holds a conversation", async () => {
    await signIn(admin, desk, anna);
    const uri = await createGateway(admin, desk, APP);
    await sandbox.control("POST", `/apps/${APP.id}`, {
      redirect_uris: [uri],
      deauthorize_callback_url: uri,
      data_deletion_url: `${uri}/data-deletion`,
    });
    await connectPages(admin, { person: "Anna Admin", pages: [PAGES.lavka.name] });
    const agent = new Agent(await t.window("the agent"), maya);
    await signIn(agent.window, desk, maya);
    await agent.goOnline(desk);
    const phone = await Phone.open(t, PAGES.lavka, customer);
    await phone.write("Hello");
    await phone.choose("Talk to an agent");
    await whoIsOffered([agent], customer);
    await agent.offerOf(customer).getByRole("button", { name: "Accept" }).click();
    await agent.open(customer);
  });

  await t.step("the agent saves a transcript in each form", async () => {
    const { page } = t.windows.find(({ name }) => name === "the agent");
    await page.goto(`${desk.url}/history`);
    await page.getByRole("link", { name: customer.name }).first().click();
    for (const [form, begins] of [
      ["PDF", "%PDF"],
      ["Web page", "<!doctype html>"],
      ["Plain text", customer.name],
    ]) {
      await page.getByRole("button", { name: "Save transcript" }).click();
      if (form === "PDF") await t.look({ page }, "transcript-menu");
      const download = page.waitForEvent("download");
      await page.getByRole("menuitem", { name: form }).first().click();
      const bytes = readFileSync(await (await download).path());
      assert.ok(bytes.toString("latin1").startsWith(begins), `${form}: ${bytes.subarray(0, 80)}`);
      writeFileSync(join(t.results, `transcript.${form === "PDF" ? "pdf" : "txt"}`), bytes);
    }
  });

  const supervisor = await t.window("the supervisor");
  await signIn(supervisor, desk, sam);
  await t.step("the supervisor reads along on Live, and the agent sees the note", async () => {
    const { page } = supervisor;
    await page.goto(`${desk.url}/live`);
    await page.getByRole("row", { name: /Maya Lind/ }).waitFor();
    await page.getByRole("link", { name: customer.name }).click();
    const along = page.getByRole("region", { name: "Reading along" });
    await along.getByRole("textbox", { name: "Note to the agent" }).fill("Offer a voucher");
    await along.getByRole("button", { name: "Add note" }).click();
    await along.getByText("Offer a voucher").last().waitFor();
    await t.look({ page }, "live");
    const agent = t.windows.find(({ name }) => name === "the agent").page;
    await agent.goto(`${desk.url}/workspace`);
    await agent.getByRole("link", { name: customer.name }).first().click();
    await agent.getByText("Offer a voucher").first().waitFor();
  });
  const places = { agent: 3, supervisor: 7, administrator: 15 };
  for (const [role, window] of [
    ["agent", t.windows.find(({ name }) => name === "the agent")],
    ["supervisor", supervisor],
    ["administrator", admin],
  ]) {
    await t.step(`${role}: every page opens without a refused request`, async () => {
      const seen = await walk(window.page, desk.url);
      assert.ok(seen.length >= places[role], `${role} saw only ${seen.join(", ")}`);
    });
  }

  await t.step("the supervisor reads a report, saves it, and finds words in the history", async () => {
    const { page } = supervisor;
    await page.goto(`${desk.url}/reports?report=volume&by=queue`);
    await page.getByRole("rowheader", { name: "General" }).waitFor();
    await t.look(supervisor, "reports");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV" }).click();
    const table = readFileSync(await (await download).path(), "utf8");
    assert.match(table, /^key,label,started,queued.*\r\n\d+,General,1,1,1,0,/);
    await page.goto(`${desk.url}/history?q=HELLO`);
    await page.locator("mark").getByText("Hello").first().waitFor();
    await t.look(supervisor, "history-search");
  });
});

/** Opens every page that a menu of an opened page names, from Workspace on, and the tabs of each. */
async function walk(page, url) {
  const found = ["/workspace"];
  for (let next = 0; next < found.length; next++) {
    await page.goto(`${url}${found[next]}`);
    await page.getByRole("main").first().waitFor();
    await rest(page);
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      await rest(page);
    }
    const links = await page
      .locator(
        "nav a[href^='/'], main a[href^='/admin/'], main a[href^='/workspace/'], main a[href^='/history']",
      )
      .evaluateAll((all) => all.map((link) => new URL(link.href).pathname));
    for (const link of links) if (!found.includes(link)) found.push(link);
    assert.ok(found.length < 60, `too many pages: ${found.join(", ")}`);
  }
  return found;
}

/** Until no request is on its way; the event stream stays open for ever, so "networkidle" never comes. */
async function rest(page) {
  const quiet = () => {
    const last = performance.getEntriesByType("resource").at(-1);
    return performance.now() - (last?.responseEnd ?? 0) > 300;
  };
  try {
    await page.waitForFunction(quiet, undefined, { polling: 100 });
  } catch (error) {
    const last = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .slice(-5)
        .map(({ name, responseEnd }) => `${name} (${Math.round(responseEnd)} ms)`),
    );
    throw new Error(`${page.url()} never comes to rest; its last requests: ${last.join(", ")}`, {
      cause: error,
    });
  }
}
