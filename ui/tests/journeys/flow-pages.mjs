// The pages around flows, as an administrator uses them: a flow from the library, an entry point that leads to it, what a Page shows in
// Messenger, and the language model.
import assert from "node:assert/strict";
import { journey } from "./harness/journey.mjs";
import { APP, CUSTOMERS, PAGES } from "./harness/deskbell.mjs";
import { Phone, connectPages, createGateway, signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

journey("A starter, an entry point, a profile and a language model", {}, async (t) => {
  const { desk, sandbox } = t;
  const anna = desk.addUser({ email: "anna@example.org", name: "Anna Admin", role: "administrator" });
  const admin = await t.window("the administrator");
  const { page } = admin;
  const dialog = page.getByRole("dialog");
  let gateway;

  await t.step("a Page is connected", async () => {
    await signIn(admin, desk, anna);
    const uri = await createGateway(admin, desk, APP);
    await sandbox.control("POST", `/apps/${APP.id}`, {
      redirect_uris: [uri],
      deauthorize_callback_url: uri,
      data_deletion_url: `${uri}/data-deletion`,
    });
    await connectPages(admin, { person: "Anna Admin", pages: [PAGES.lavka.name] });
    const { items } = await desk.call(desk.token(anna.email), "GET", "/gateways");
    gateway = items[0].id;
  });

  await t.step("a starter is looked at in two languages and becomes a flow with its tests", async () => {
    await page.goto(`${desk.url}/admin/flows`);
    await page.getByRole("button", { name: "New flow" }).click();
    await dialog.getByRole("radio", { name: "FAQ menu" }).check();
    const preview = dialog.getByRole("region", { name: "Preview of “FAQ menu”" });
    await preview.getByText("What would you like to know?").first().waitFor();
    await dialog.getByRole("combobox", { name: "Language of its texts" }).selectOption("uk");
    await dialog.getByText("Що ви хотіли б дізнатися?").first().waitFor();
    await dialog.getByRole("combobox", { name: "Language of its texts" }).selectOption("en");
    await preview.getByText("What would you like to know?").first().waitFor();
    await t.look(admin, "library");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Questions");
    await dialog.getByRole("button", { name: "Create flow" }).click();
    await page.waitForURL(/\/admin\/flows\/\d+/);
    await page.locator(".svelte-flow__node").first().waitFor();
    await page.getByRole("button", { name: "Try it" }).click();
    const simulator = page.getByRole("complementary", { name: "Simulator" });
    await simulator.getByRole("tab", { name: "Tests" }).click();
    await simulator.getByRole("button", { name: "Run all" }).click();
    await simulator.getByText("1 of 1 passed").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page
      .getByRole("dialog", { name: "Publish this flow?" })
      .getByRole("button", { name: "Publish" })
      .click();
    await page.getByText("Version 1 is live").waitFor();
  });

  await t.step("an empty flow has no step", async () => {
    await page.goto(`${desk.url}/admin/flows`);
    await page.getByRole("button", { name: "New flow" }).click();
    await dialog.getByRole("radio", { name: "Empty flow" }).check();
    await dialog.getByRole("textbox", { name: "Name" }).fill("From nothing");
    await dialog.getByRole("button", { name: "Create flow" }).click();
    await page.waitForURL(/\/admin\/flows\/\d+/);
    await page.getByRole("complementary", { name: "Add a step" }).waitFor();
    assert.equal(await page.locator(".svelte-flow__node").count(), 0);
  });

  await t.step("an entry point is made, with its link and QR code", async () => {
    await page.goto(`${desk.url}/admin/entry-points`);
    await page.getByText("No entry points yet").waitFor();
    await t.look(admin, "no-entry-points");
    await page.getByRole("button", { name: "New entry point" }).first().click();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Spring poster");
    await dialog.getByRole("combobox", { name: "Flow" }).selectOption({ label: "Questions" });
    await dialog.getByRole("textbox", { name: "Ref of its links" }).fill("spring 1");
    await dialog.getByRole("textbox", { name: "Code word" }).fill("springtime");
    admin.expected.push(/status of 422 .*\/entry-points/);
    await dialog.getByRole("button", { name: "Create entry point" }).click();
    await dialog.getByText(/A ref is made of/).waitFor();
    await dialog.getByRole("textbox", { name: "Ref of its links" }).fill("spring-1");
    await dialog.getByRole("button", { name: "Create entry point" }).click();
    await page.waitForURL(/\/admin\/entry-points\/\d+/);
    const link = page.getByRole("textbox", { name: `Link to ${PAGES.lavka.name}` });
    assert.equal(await link.inputValue(), `https://m.me/${PAGES.lavka.id}?ref=spring-1`);
    const code = page.getByRole("img", { name: `QR code of the link to ${PAGES.lavka.name}` });
    await until("the QR code is drawn", () => code.evaluate((image) => image.naturalWidth > 0));
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: `Download the QR code for ${PAGES.lavka.name} as PNG` }).click();
    assert.match((await saved).suggestedFilename(), /^spring-poster-.*\.png$/u);
    await t.look(admin, "entry-point");
  });

  await t.step(
    "a customer comes by its code word: the flow greets them, and the page counts them",
    async () => {
      const phone = await Phone.open(t, PAGES.lavka, CUSTOMERS.olena);
      await phone.write("Springtime!");
      await phone.sees("What would you like to know?");
      await page.goto(`${desk.url}/admin/entry-points`);
      const row = page.getByRole("row", { name: /Spring poster/ });
      await row.getByText("1", { exact: true }).waitFor();
      await t.look(admin, "entry-points");
      await page.goto(`${desk.url}/admin/flows`);
      await page.getByRole("link", { name: "Questions" }).click();
      await page.getByRole("tab", { name: "Customers" }).click();
      await page.getByText("1 in it now, 0 left on the way.").waitFor();
      await page.locator('.svelte-flow__node[data-id="menu"] .customers').getByText("1").waitFor();
      await t.look(admin, "customers");
    },
  );

  await t.step("a Page's Messenger profile is written in two languages and reaches Meta", async () => {
    const { items } = await desk.call(desk.token(anna.email), "GET", "/flows");
    const flow = items.find(({ name }) => name === "Questions");
    await desk.call(desk.token(anna.email), "PATCH", `/gateways/${gateway}`, { flow_id: flow.id });
    await page.goto(`${desk.url}/admin/gateways/${gateway}/pages`);
    await page.getByRole("button", { name: `Actions for ${PAGES.lavka.name}` }).click();
    await page.getByRole("menuitem", { name: "Messenger profile" }).click();
    await page
      .getByRole("textbox", { name: "Greeting" })
      .fill("Hi {{user_first_name}}! Fresh bread since 1998.");
    await page.getByRole("button", { name: "Add a question" }).click();
    await page.getByRole("textbox", { name: "Question 1" }).fill("Do you deliver?");
    await page
      .getByRole("combobox", { name: "Leads to" })
      .first()
      .selectOption({ label: "“Delivery” in “What would you like to know?”" });
    await page.getByRole("button", { name: "Add an item" }).click();
    await page.getByRole("textbox", { name: "Item 1" }).fill("Our shop");
    await page.getByRole("combobox", { name: "Tapping it" }).selectOption("web_url");
    await page.getByRole("textbox", { name: "Address" }).fill("shop.example");
    await page.getByRole("region", { name: "In Messenger" }).getByText("Hi Olena! Fresh bread").waitFor();
    admin.expected.push(/status of 422 .*\/messenger-profile/);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(/begins with https/).waitFor();
    await page.getByRole("textbox", { name: "Address" }).fill("https://shop.example/");
    await page.getByRole("button", { name: "Add a language" }).click();
    await page.getByRole("menuitem", { name: "Ukrainian (Ukraine)" }).click();
    await page.getByRole("textbox", { name: "Greeting" }).fill("Вітаємо, {{user_first_name}}!");
    await page.getByRole("region", { name: "In Messenger" }).getByText("Вітаємо, Olena!").waitFor();
    await t.look(admin, "profile");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    const path = `/gateways/${gateway}/pages/${PAGES.lavka.id}/messenger-profile`;
    const stored = await desk.call(desk.token(anna.email), "GET", path);
    assert.deepEqual(stored.drift, []);
    assert.deepEqual(
      stored.greeting.map(({ locale }) => locale),
      ["default", "uk_UA"],
    );
    assert.equal(stored.ice_breakers[0].call_to_actions[0].payload, "menu:menu:delivery");
    assert.ok(stored.get_started.payload, "a menu needs Get Started");
  });

  await t.step("the language model is off until it is set up, and a test says what is wrong", async () => {
    await page.goto(`${desk.url}/admin/settings`);
    await page.getByText("Nothing leaves this installation.").waitFor();
    await page.getByRole("textbox", { name: "Model" }).fill("small");
    await page.getByRole("switch", { name: "Flows may ask the language model" }).click();
    admin.expected.push(/status of 422 .*\/settings/);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Say where the language model is before you switch it on.").waitFor();
    await t.look(admin, "language-model");
    await page.getByRole("button", { name: "Discard" }).click();
    await page.goto(`${desk.url}/admin/flows`);
    await page.getByRole("link", { name: "From nothing" }).click();
    await page
      .getByRole("complementary", { name: "Add a step" })
      .getByRole("button", { name: "AI reply" })
      .click();
    const panel = page.getByRole("complementary", { name: "Step", exact: true });
    await panel.getByRole("link", { name: "Set it up in Settings" }).waitFor();
    await t.look(admin, "ai-step");
  });
});
