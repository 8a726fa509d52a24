// A flow is drawn with fingers only, on a tablet and on a phone: nothing here uses a mouse, a key of the canvas or a double click.
import assert from "node:assert/strict";
import { steadyBox } from "./harness/browser.mjs";
import { journey } from "./harness/journey.mjs";
import { APP, CUSTOMERS, PAGES } from "./harness/deskbell.mjs";
import { Phone, connectPages, createGateway, signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";
import { Fingers } from "./harness/touch.mjs";

/** An address of this machine: a flow may not reach it, so a real customer goes the way of the failure. */
const SHOP = "http://127.0.0.1:9/orders";

for (const { device, width, height } of [
  { device: "tablet", width: 1024, height: 768 },
  { device: "phone", width: 390, height: 844 },
]) {
  journey(`A flow is drawn by touch on a ${device}`, {}, async (t) => {
    const { desk, sandbox } = t;
    const anna = desk.addUser({ email: "anna@example.org", name: "Anna Admin", role: "administrator" });
    const admin = await t.window("the administrator", { width, height, phone: true });
    const { page } = admin;
    const fingers = new Fingers(page);
    const panel = page.getByRole("complementary", { name: "Step", exact: true });
    const simulator = page.getByRole("complementary", { name: "Simulator" });
    const palette = page.getByRole("dialog", { name: "Add a step" });
    const chosen = page.getByRole("toolbar", { name: "Selected" });
    const node = (id) => page.locator(`.svelte-flow__node[data-id="${id}"]`);
    const port = (id, pointer) => node(id).locator(`[data-handleid="${pointer}"]`);
    const edges = page.locator(".svelte-flow__edge");
    const write = async (locator, text) => {
      await locator.tap();
      await page.keyboard.type(text);
    };
    /** Chooses a type of step; the list may first have to scroll to it. */
    const pick = async (name) => {
      const type = palette.getByRole("button", { name });
      await type.scrollIntoViewIfNeeded();
      await steadyBox(type);
      await type.tap();
    };
    const close = () => panel.getByRole("button", { name: "Close", exact: true }).tap();
    const showAll = () => page.getByRole("button", { name: "Show everything" }).tap();
    /** A picture, and nothing is wider than the device. */
    const look = async (name) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
      await t.look(admin, name);
    };
    let flowId;

    await t.step("a new flow is empty", async () => {
      await signIn(admin, desk, anna);
      await page.goto(`${desk.url}/admin/flows`);
      await page.getByRole("button", { name: "New flow" }).tap();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Empty flow").tap();
      await write(dialog.getByRole("textbox", { name: "Name" }), "By touch");
      await look("new");
      await dialog.getByRole("button", { name: "Create flow" }).tap();
      await page.waitForURL(/\/admin\/flows\/\d+/);
      flowId = new URL(page.url()).pathname.split("/").at(-1);
    });

    await t.step("a menu is added from the list of steps, and filled in", async () => {
      await page.getByRole("button", { name: "Add a step" }).tap();
      await look("palette");
      await pick("Offer choices");
      await write(panel.getByRole("textbox", { name: "Question" }), "What is it about?");
      await write(panel.getByRole("textbox", { name: "Choice 1" }), "My order");
      await write(panel.getByRole("textbox", { name: "Choice 2" }), "A person");
      await look("form");
      await close();
    });

    await t.step("a line drawn from a choice into nothing asks for a step", async () => {
      await showAll();
      await fingers.drag(await steadyBox(port("menu", "/options/0/next")), 40, 90);
      await pick("HTTP request");
      await write(panel.getByRole("textbox", { name: "Address" }), SHOP);
      await close();
      assert.equal(await edges.count(), 1);
    });

    await t.step("a finger moves a step, pans and zooms", async () => {
      await showAll();
      const place = (id) => node(id).evaluate((it) => it.style.transform);
      const view = () => page.locator(".svelte-flow__viewport").evaluate((it) => it.style.transform);
      const before = { menu: await place("menu"), http: await place("http"), view: await view() };
      const menu = await steadyBox(node("menu"));
      await fingers.drag({ x: menu.x + 60, y: menu.y + 14 }, 30, -40);
      await until("the menu has moved", async () => (await place("menu")) !== before.menu);
      assert.equal(await place("http"), before.http);
      assert.equal(await view(), before.view);
      const pane = await steadyBox(page.locator(".svelte-flow__pane"));
      const free = { x: pane.x + pane.width / 2, y: pane.y + 90 };
      await fingers.drag(free, -30, 20);
      await until("the view has moved", async () => (await view()) !== before.view);
      const zoom = async () => Number((await view()).match(/scale\(([\d.]+)\)/)[1]);
      const first = await zoom();
      const beside = (right) => ({ x: free.x + right, y: free.y });
      await fingers.move([beside(-30), beside(-110)], [beside(30), beside(110)]);
      await until("the view is larger", async () => (await zoom()) > first);
      await showAll();
      await page.getByRole("button", { name: "Undo" }).tap();
      await until("the menu is back", async () => (await place("menu")) === before.menu);
    });

    await t.step("two taps open a step; what comes after it is added from its form", async () => {
      await showAll();
      const http = await steadyBox(node("http"));
      await fingers.doubleTap({ x: http.x + http.width / 2, y: http.y + 20 });
      await panel.getByRole("button", { name: "New step after “Answered”" }).tap();
      await pick("Send message");
      await write(panel.getByRole("textbox", { name: "Text", exact: true }), "It is on its way.");
      await close();
    });

    await t.step("a tap selects a step; its bar adds one after it and connects it", async () => {
      await showAll();
      await node("menu").tap({ position: { x: 40, y: 14 } });
      await look("chosen");
      await chosen.getByRole("button", { name: "Add a step after it" }).tap();
      await pick("Hand off to agent");
      await write(panel.getByRole("textbox", { name: "When no one is online" }), "We will be with you soon.");
      await close();
      await showAll();
      await node("http").tap({ position: { x: 40, y: 14 } });
      await chosen.getByRole("button", { name: "Connect" }).tap();
      const dialog = page.getByRole("dialog", { name: /^Connect/ });
      await dialog.getByRole("combobox", { name: "If it fails" }).selectOption("join_queue");
      await look("connect");
      await dialog.getByRole("button", { name: "Done" }).tap();
      assert.equal(await edges.count(), 4);
      await page.getByRole("button", { name: "Actions for By touch" }).tap();
      await page.getByRole("menuitem", { name: "Arrange automatically" }).tap();
      await look("drawn");
    });

    await t.step("a line is drawn from step to step", async () => {
      await showAll();
      const from = await steadyBox(port("http", "/on_timeout"));
      const to = await steadyBox(node("join_queue").locator(".port.in"));
      await fingers.drag(from, to.x - from.x, to.y - from.y);
      await until("there are five lines", async () => (await edges.count()) === 5);
      await page.getByRole("button", { name: "Undo" }).tap();
      await until("there are four lines", async () => (await edges.count()) === 4);
    });

    await t.step("it is tried, and the dialogue is saved as a test", async () => {
      await page.getByRole("button", { name: "Try it" }).tap();
      await simulator.getByRole("button", { name: "My order" }).tap();
      await simulator.getByRole("tab", { name: "Scene" }).tap();
      await simulator.getByRole("combobox", { name: "Its answer" }).selectOption("given");
      await simulator.getByRole("tab", { name: "Chat" }).tap();
      await simulator.getByText("It is on its way.").waitFor();
      await look("tried");
      await simulator.getByRole("button", { name: "Save as a test" }).tap();
      const dialog = page.getByRole("dialog", { name: "Save as a test" });
      await write(dialog.getByRole("textbox", { name: "Name" }), "An order on its way");
      await dialog.getByText("Must pass").tap();
      await dialog.getByRole("button", { name: "Save" }).tap();
      await dialog.waitFor({ state: "detached" });
      await simulator.getByRole("tab", { name: "Tests" }).tap();
      await simulator.getByRole("button", { name: "Run all" }).tap();
      await simulator.getByText("1 of 1 passed").waitFor();
      await look("tested");
      await simulator.getByRole("button", { name: "Close", exact: true }).tap();
    });

    await t.step("it is published", async () => {
      await page.getByRole("button", { name: "Publish" }).tap();
      const asks = page.getByRole("dialog", { name: "Publish this flow?" });
      await asks.getByRole("button", { name: "Publish" }).tap();
      await page.getByText("Version 1 is live").waitFor();
    });

    await t.step("a customer walks it: the shop is not reached, so they wait for a person", async () => {
      const uri = await createGateway(admin, desk, APP);
      await sandbox.control("POST", `/apps/${APP.id}`, {
        redirect_uris: [uri],
        deauthorize_callback_url: uri,
        data_deletion_url: `${uri}/data-deletion`,
      });
      await connectPages(admin, { person: "Anna Admin", pages: [PAGES.lavka.name] });
      const token = desk.token(anna.email);
      const gateways = await desk.call(token, "GET", "/gateways");
      await desk.call(token, "PATCH", `/gateways/${gateways.items[0].id}`, { flow_id: flowId });
      const phone = await Phone.open(t, PAGES.lavka, CUSTOMERS.olena);
      await phone.write("Hello");
      await phone.sees("What is it about?");
      await phone.choose("My order");
      await phone.sees("We will be with you soon.");
    });
  });
}
