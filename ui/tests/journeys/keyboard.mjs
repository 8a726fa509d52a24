// A day of an agent who has no mouse: every step from the sign-in to the sign-out is keys alone, and each of them is one
// that the sheet of shortcuts names, or Tab, arrows, Enter and Space, as everywhere.
import assert from "node:assert/strict";
import { CUSTOMERS, PASSWORD } from "./harness/deskbell.mjs";
import { Customer, connectLavka } from "./harness/customers.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

journey("A day by keyboard", {}, async (t) => {
  const { desk, sandbox } = t;
  const call = await connectLavka(t);
  const maya = desk.addUser({ email: "maya@example.org", name: "Maya Lind", role: "agent" });
  await call("POST", "/labels", { name: "Delivery", colour: "green" });
  await call("POST", "/queues", { name: "Returns", all_agents: true });
  const hours = {
    shortcut: "hours",
    title: "Opening hours",
    text: "Hello {{contact.first_name}}, we open at 8.",
  };
  await call("POST", "/quick-replies", hours);

  const window = await t.window("Maya");
  const { page } = window;
  const { keyboard } = page;
  await page.addInitScript(() => {
    // The browser itself says which clicks a hand made.
    addEventListener("pointerdown", () => sessionStorage.setItem("pointed", location.pathname), true);
  });
  const agent = new Agent(window, maya);
  /** Tab, until this has the focus. */
  const tabTo = async (what) => {
    for (let n = 0; n < 40; n++) {
      if (await what.evaluate((element) => element === document.activeElement).catch(() => false)) return;
      await keyboard.press("Tab");
    }
    throw new Error(`Tab never reaches ${what}; the focus is at ${await focused()}`);
  };
  const focused = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  /** Waits until something has the focus by itself. */
  const hasFocus = (what, where) =>
    until(`the focus is ${where}`, () => what.evaluate((element) => element === document.activeElement));
  const message = page.getByRole("textbox", { name: "Message" });

  await t.step("signs in, and goes online", async () => {
    await page.goto(`${desk.url}/sign-in`);
    await hasFocus(page.getByLabel("E-mail"), "in the first field");
    await keyboard.type(maya.email);
    await keyboard.press("Tab");
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await agent.switch.waitFor();
    await keyboard.press("Alt+P");
    await page.getByRole("button", { name: "Status: Online" }).waitFor();
  });

  const olena = new Customer(sandbox, CUSTOMERS.olena);
  await t.step("accepts an offer, and writes at once", async () => {
    await olena.askForAgent();
    await agent.offerOf(olena).waitFor();
    await keyboard.press("Alt+Enter");
    await agent.thread(olena).waitFor();
    await hasFocus(message, "where one writes");
    await keyboard.type("Good morning, Olena.");
    await keyboard.press("Shift+Enter");
    await keyboard.type("How can");
    // The Enter that ends a composition, as Safari reports it.
    await message.evaluate((field) =>
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true })),
    );
    await keyboard.type(" I help?");
    await keyboard.press("Enter");
    await olena.gets("Good morning, Olena.\nHow can I help?");
  });

  await t.step("answers with a quick reply by “/”, and quotes the customer", async () => {
    await olena.write("When do you open?");
    await agent.sees("When do you open?");
    await keyboard.press("Alt+R");
    await page.getByText("Reply to:").waitFor();
    await keyboard.type("/hou");
    await page.getByRole("option", { name: /Opening hours/ }).waitFor();
    await t.look(window, "quick-reply");
    await keyboard.press("Enter");
    await until(
      "the reply is filled in",
      async () => (await message.inputValue()) === "Hello Olena, we open at 8.",
    );
    await keyboard.press("Enter");
    await olena.gets("Hello Olena, we open at 8.");
  });

  await t.step("leaves a note and a label", async () => {
    await keyboard.press("Alt+N");
    await hasFocus(page.getByRole("textbox", { name: "Note" }), "in the note");
    await keyboard.type("Asks each Monday.");
    await keyboard.press("Enter");
    await agent.sees("Asks each Monday.");
    await keyboard.press("Alt+L");
    const bar = page.getByRole("combobox", { name: "Commands" });
    await hasFocus(bar, "in the command bar");
    await keyboard.type("deliv");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Remove Delivery" }).waitFor();
    await t.look(window, "note-and-label");
  });

  const ahmed = new Customer(sandbox, CUSTOMERS.ahmed);
  await t.step("takes a second customer in between, and goes from one to the other and back", async () => {
    await hasFocus(message, "back where one writes");
    await keyboard.type("One moment");
    await ahmed.askForAgent();
    await agent.offerOf(ahmed).waitFor();
    await keyboard.press("Alt+Enter");
    await agent.thread(ahmed).waitFor();
    await keyboard.press("Alt+ArrowDown");
    await agent.thread(olena).waitFor();
    await hasFocus(message, "in the draft");
    assert.equal(await message.inputValue(), "One moment");
    await keyboard.press("Alt+ArrowUp");
    await agent.thread(ahmed).waitFor();
  });

  await t.step("transfers one to another queue, with a note", async () => {
    await keyboard.press("Alt+P");
    await page.getByRole("button", { name: "Status: Pause" }).waitFor();
    await keyboard.press("Alt+T");
    const dialog = page.getByRole("dialog", { name: "Transfer" });
    await tabTo(dialog.getByRole("combobox", { name: "To" }));
    await keyboard.type("retu");
    await page.getByRole("option", { name: /Returns/ }).waitFor();
    await keyboard.press("Enter");
    await tabTo(dialog.getByLabel("Note for them"));
    await keyboard.type("Wants to return a parcel.");
    await t.look(window, "transfer");
    await tabTo(dialog.getByRole("button", { name: "Transfer" }));
    await keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
    // The next customer is there already.
    await agent.thread(olena).waitFor();
    const { items } = await call("GET", "/conversations?state=queued");
    assert.deepEqual(
      items.map((conversation) => conversation.queue.name),
      ["Returns"],
    );
  });

  await t.step("closes the other, and the customer learns it", async () => {
    await hasFocus(message, "in the draft");
    for (let n = 0; n < "One moment".length; n++) await keyboard.press("Backspace");
    await keyboard.press("Alt+C");
    const dialog = page.getByRole("dialog", { name: /^Close/ });
    await dialog.getByText(/Thank you/).waitFor();
    await tabTo(dialog.getByRole("button", { name: "Close conversation" }));
    await keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await until("the conversation is closed", async () => {
      const { items } = await call("GET", "/conversations?state=closed");
      return items.length === 1;
    });
  });

  await t.step("finds every key on one sheet, and signs out", async () => {
    await keyboard.press("Control+/");
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await sheet.getByText("Alt").first().waitFor();
    await t.look(window, "sheet");
    await keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    await tabTo(page.getByRole("button", { name: "Your menu" }));
    await keyboard.press("Enter");
    const out = page.getByRole("menuitem", { name: "Sign out" });
    await out.waitFor();
    await keyboard.press("End");
    await hasFocus(out, "at the end of the menu");
    await keyboard.press("Enter");
    await hasFocus(page.getByLabel("E-mail"), "in the first field again");
  });

  await t.step("no hand was at the mouse", async () => {
    assert.equal(await page.evaluate(() => sessionStorage.getItem("pointed")), null);
  });
});
