// A flow is drawn from nothing, tried, tested and published, and a customer walks it; then once more with the keyboard only.
import assert from "node:assert/strict";
import { steadyBox } from "./harness/browser.mjs";
import { journey } from "./harness/journey.mjs";
import { APP, CUSTOMERS, PAGES } from "./harness/deskbell.mjs";
import { Phone, connectPages, createGateway, signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

/** An address of this machine: a flow may not reach it, so whoever is not simulated goes the way of the failure. */
const SHOP = "http://127.0.0.1:9/orders";

journey("A flow is drawn and tried", {}, async (t) => {
  const { desk, sandbox } = t;
  const anna = desk.addUser({ email: "anna@example.org", name: "Anna Admin", role: "administrator" });
  const admin = await t.window("the administrator");
  const { page } = admin;
  const panel = page.getByRole("complementary", { name: "Step", exact: true });
  const simulator = page.getByRole("complementary", { name: "Simulator" });
  const node = (id) => page.locator(`.svelte-flow__node[data-id="${id}"]`);
  /** Opens the form of a step; first everything is shown, for a panel may lie over the step. */
  const open = async (id) => {
    await page.getByRole("button", { name: "Show everything" }).click();
    await node(id).dblclick();
  };
  let flowId;

  await t.step("a new flow is empty", async () => {
    await signIn(admin, desk, anna);
    flowId = await newFlow(page, desk, "Orders");
  });

  await t.step("a menu is dragged onto the canvas and filled in", async () => {
    const type = page
      .getByRole("complementary", { name: "Add a step" })
      .getByRole("button", { name: "Offer choices" });
    await type.dragTo(page.locator(".svelte-flow__pane"), { targetPosition: { x: 160, y: 160 } });
    await panel.getByRole("textbox", { name: "Question" }).fill("What is it about?");
    await panel.getByRole("textbox", { name: "Choice 1" }).fill("My order");
    await panel.getByRole("textbox", { name: "Choice 2" }).fill("A person");
    await panel.getByRole("button", { name: "Close", exact: true }).click();
  });

  await t.step(
    "a line drawn from a choice into nothing asks for a step, and makes an HTTP request",
    async () => {
      await page.getByRole("button", { name: "Show everything" }).click();
      const port = node("menu").locator('[data-handleid="/options/0/next"]');
      const from = await steadyBox(port);
      await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
      await page.mouse.down();
      await page.mouse.move(from.x + 60, from.y + 30, { steps: 4 });
      await page.mouse.move(from.x + 90, from.y + 40, { steps: 4 });
      await page.mouse.up();
      const palette = page.getByRole("dialog", { name: "Add a step" });
      await palette.getByRole("button", { name: "HTTP request" }).click();
      await panel.getByRole("textbox", { name: "Address" }).fill(`${SHOP}?name={{ contact.first_name }}`);
      await panel.getByRole("button", { name: "Add: Variable" }).click();
      await panel.getByRole("textbox", { name: "Variable 1" }).fill("state");
      await panel.getByRole("textbox", { name: "Path 1" }).fill("order.state");
    },
  );

  await t.step("what comes after it is added from its form, with a variable in the text", async () => {
    await panel.getByRole("button", { name: "New step after “Answered”" }).click();
    await page
      .getByRole("dialog", { name: "Add a step" })
      .getByRole("button", { name: "Send message" })
      .click();
    await panel.getByRole("textbox", { name: "Text", exact: true }).fill("Your order: ");
    await panel.getByRole("button", { name: "Variables for “Text”" }).click();
    await page.getByRole("menuitem", { name: "state", exact: true }).click();
    assert.equal(
      await panel.getByRole("textbox", { name: "Text", exact: true }).inputValue(),
      "Your order: {{ state }}",
    );
    await t.look(admin, "form");
    await panel.getByRole("button", { name: "Close", exact: true }).click();
    await open("http");
    await panel.getByRole("button", { name: "New step after “If it fails”" }).click();
    await page
      .getByRole("dialog", { name: "Add a step" })
      .getByRole("button", { name: "Hand off to agent" })
      .click();
    await panel.getByRole("textbox", { name: "When no one is online" }).fill("We will be with you soon.");
    await panel.getByRole("button", { name: "Close", exact: true }).click();
    await open("menu");
    await panel.getByRole("combobox", { name: "“A person” leads to" }).selectOption("join_queue");
    await panel.getByRole("button", { name: "Close", exact: true }).click();
    await page.keyboard.press("Control+Z");
    assert.equal(await page.locator(".svelte-flow__edge").count(), 3);
    await page.keyboard.press("Control+Shift+Z");
    assert.equal(await page.locator(".svelte-flow__edge").count(), 4);
    await page.getByRole("button", { name: "Actions for Orders" }).click();
    await page.getByRole("menuitem", { name: "Arrange automatically" }).click();
    await t.look(admin, "drawn");
  });

  await t.step("the simulator shows the way; a given answer of the shop is used", async () => {
    await page.getByRole("button", { name: "Try it" }).click();
    await simulator.getByRole("button", { name: "Send a photo, file or location" }).click();
    await page.getByRole("menuitem", { name: "Location" }).click();
    await simulator.getByText("50.45, 30.523").waitFor();
    await simulator.getByRole("button", { name: "Start again" }).first().click();
    await simulator.getByRole("button", { name: "My order" }).click();
    await simulator.getByText("The scene holds no answer for this step.").waitFor();
    await simulator.getByRole("tab", { name: "Scene" }).click();
    await simulator.getByRole("combobox", { name: "Its answer" }).selectOption("given");
    await simulator.getByRole("textbox", { name: "Body" }).fill('{"order":{"state":"on its way"}}');
    await simulator.getByRole("tab", { name: "Chat" }).click();
    await simulator.getByText("Your order: on its way").waitFor();
    await page.locator('.svelte-flow__node[data-id="send"] .lit').waitFor();
    await t.look(admin, "tried");
  });

  await t.step(
    "the dialogue is saved as a test, which passes, and fails after a change that breaks it",
    async () => {
      await simulator.getByRole("button", { name: "Save as a test" }).click();
      const dialog = page.getByRole("dialog", { name: "Save as a test" });
      await dialog.getByRole("textbox", { name: "Name" }).fill("An order on its way");
      await dialog.getByRole("checkbox", { name: "Must pass" }).check();
      await dialog.getByRole("button", { name: "Save" }).click();
      await simulator.getByRole("tab", { name: "Tests" }).click();
      await simulator.getByRole("button", { name: "Run all" }).click();
      await simulator.getByText("1 of 1 passed").waitFor();
      await open("send");
      await panel.getByRole("textbox", { name: "Text", exact: true }).fill("Something else");
      await panel.getByRole("button", { name: "Close", exact: true }).click();
      await simulator.getByRole("button", { name: "Run all" }).click();
      await simulator.getByText("0 of 1 passed").waitFor();
      await page.getByRole("button", { name: "Publish" }).click();
      const asks = page.getByRole("dialog", { name: "Publish this flow?" });
      admin.expected.push(/status of 422 .*\/publish/);
      await asks.getByRole("button", { name: "Publish" }).click();
      await asks.getByText(/An order on its way/).waitFor();
      await t.look(admin, "refused");
      await asks.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Undo" }).click();
    },
  );

  await t.step("it is published with a note, and listed as a version", async () => {
    await page.getByRole("button", { name: "Publish" }).click();
    const asks = page.getByRole("dialog", { name: "Publish this flow?" });
    await asks.getByRole("textbox", { name: "Note" }).fill("Orders by HTTP");
    await asks.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Version 1 is live").waitFor();
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByText("Orders by HTTP").waitFor();
    await page.getByRole("tab", { name: "Design" }).click();
  });

  await t.step("somebody else saves meanwhile: both changes come together", async () => {
    const token = desk.token(anna.email);
    const before = await desk.call(token, "GET", `/flows/${flowId}`);
    const theirs = structuredClone(before.body);
    theirs.nodes.menu.text = "How can we help?";
    await desk.call(token, "PUT", `/flows/${flowId}`, { body: theirs, version: before.version });
    await open("send");
    await panel.getByRole("textbox", { name: "Text", exact: true }).fill("Your order is {{ state }}");
    admin.expected.push(/status of 409 .*\/flows\//);
    await page.keyboard.press("Control+S");
    const merge = page.getByRole("dialog", { name: /saved|changed/i });
    await t.look(admin, "merge");
    await merge.getByRole("button", { name: "Combine and save" }).click();
    // An earlier "Saved" may still be on the page, so the flow itself is asked.
    const { body } = await until("my change is saved", async () => {
      const now = await desk.call(token, "GET", `/flows/${flowId}`);
      return now.body.nodes.send.text === "Your order is {{ state }}" && now;
    });
    assert.equal(body.nodes.menu.text, "How can we help?");
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("button", { name: "Compare versions" }).click();
    await page.getByRole("tab", { name: "Text" }).click();
    await page.getByText("How can we help?").waitFor();
    await t.look(admin, "compared");
  });

  await t.step(
    "a customer walks it; the shop is not reached, so the way of the failure leads to the queue",
    async () => {
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
    },
  );
});

journey("A flow is drawn with the keyboard", {}, async (t) => {
  const { desk } = t;
  const anna = desk.addUser({ email: "anna@example.org", name: "Anna Admin", role: "administrator" });
  const admin = await t.window("the administrator");
  const { page } = admin;
  const { keyboard } = page;
  const panel = page.getByRole("complementary", { name: "Step", exact: true });
  const palette = page.getByRole("dialog", { name: "Add a step" });
  /** Goes on with Tab until the element has the focus. */
  const tabTo = async (locator, key = "Tab") => {
    await locator.waitFor();
    for (let presses = 0; presses < 120; presses++) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press(key);
    }
    throw new Error(`Tab does not reach ${locator}.`);
  };
  const focused = (locator) => locator.and(page.locator(":focus")).waitFor();
  const typeInto = async (locator, text) => {
    await tabTo(locator);
    await keyboard.press("Control+A");
    await keyboard.type(text);
  };
  const press = async (locator) => {
    await tabTo(locator);
    await keyboard.press("Enter");
  };
  const add = async (word) => {
    await focused(palette.getByRole("searchbox"));
    await keyboard.type(word);
    await keyboard.press("Enter");
    await palette.waitFor({ state: "detached" });
    // The form of the new step opens, and Escape closes it only once the focus is there.
    await panel.locator(":focus").first().waitFor();
  };

  await t.step("a new flow is empty", async () => {
    await signIn(admin, desk, anna);
    await newFlow(page, desk, "By keyboard");
  });

  await t.step("menu, HTTP request, message and hand-over are added and connected", async () => {
    await tabTo(page.getByRole("complementary", { name: "Add a step" }).getByRole("searchbox"), "Shift+Tab");
    await keyboard.type("choices");
    await keyboard.press("Enter");
    await typeInto(panel.getByRole("textbox", { name: "Question" }), "What is it about?");
    await typeInto(panel.getByRole("textbox", { name: "Choice 1" }), "My order");
    await press(panel.getByRole("button", { name: /New step after .*My order/ }));
    await add("http");
    await typeInto(panel.getByRole("textbox", { name: "Address" }), SHOP);
    await press(panel.getByRole("button", { name: "New step after “Answered”" }));
    await add("send message");
    await typeInto(panel.getByRole("textbox", { name: "Text", exact: true }), "It is on its way.");
    await keyboard.press("Escape");
    await focused(page.locator(".svelte-flow__node"));
  });

  await t.step(
    "arrow keys walk from step to step, Enter opens one, C connects it, A adds behind it",
    async () => {
      await keyboard.press("ArrowLeft");
      await focused(page.locator('.svelte-flow__node[data-id="http"]'));
      await keyboard.press("ArrowLeft");
      await focused(page.locator('.svelte-flow__node[data-id="menu"]'));
      await keyboard.press("Enter");
      await typeInto(panel.getByRole("textbox", { name: "Choice 2" }), "A person");
      await keyboard.press("Escape");
      await focused(page.locator('.svelte-flow__node[data-id="menu"]'));
      await keyboard.press("a");
      await add("hand off");
      await keyboard.press("Escape");
      await focused(page.locator('.svelte-flow__node[data-id="join_queue"]'));
      await keyboard.press("ArrowLeft");
      await keyboard.press("ArrowRight");
      await focused(page.locator('.svelte-flow__node[data-id="http"]'));
      await keyboard.press("c");
      const dialog = page.getByRole("dialog", { name: /^Connect/ });
      await tabTo(dialog.getByRole("combobox", { name: "If it fails" }));
      await keyboard.type("Hand off");
      await keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      assert.equal(await page.locator(".svelte-flow__edge").count(), 4);
      await t.look(admin, "keyboard-drawn");
    },
  );

  await t.step("it is tried, saved as a test and published", async () => {
    await press(page.getByRole("button", { name: "Try it" }));
    const simulator = page.getByRole("complementary", { name: "Simulator" });
    await press(simulator.getByRole("button", { name: "A person" }));
    await simulator.getByText("Joins the queue").waitFor();
    await press(simulator.getByRole("button", { name: "Save as a test" }));
    const dialog = page.getByRole("dialog", { name: "Save as a test" });
    await typeInto(dialog.getByRole("textbox", { name: "Name" }), "A person");
    await keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await keyboard.press("Control+S");
    await page.getByText("Saved", { exact: true }).waitFor();
    await tabTo(page.getByRole("button", { name: "Publish" }), "Shift+Tab");
    await keyboard.press("Enter");
    await press(page.getByRole("dialog").getByRole("button", { name: "Publish" }));
    await page.getByText("Version 1 is live").waitFor();
  });

  await t.step("the list says the same to a screen reader", async () => {
    await tabTo(page.getByRole("tab", { name: "Design" }), "Shift+Tab");
    await keyboard.press("ArrowRight");
    const steps = page.getByRole("list", { name: "Steps" });
    await steps
      .getByRole("button", { name: /^HTTP request http/ })
      .first()
      .waitFor();
    assert.equal(await steps.getByRole("heading").count(), 4);
    await t.look(admin, "list");
  });
});

/** Makes an empty flow on the page of flows, and answers its id. */
async function newFlow(page, desk, name) {
  await page.goto(`${desk.url}/admin/flows`);
  await page.getByRole("button", { name: "New flow" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: "Empty flow" }).check();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill(name);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/admin\/flows\/\d+/);
  await page.getByRole("complementary", { name: "Add a step" }).waitFor();
  return new URL(page.url()).pathname.split("/").at(-1);
}
