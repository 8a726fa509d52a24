// What a day does to people at their screens: a network that goes away, a server that is killed, two administrators who
// save at once, a screenshot that is pasted.
import assert from "node:assert/strict";
import { journey } from "./harness/journey.mjs";
import { APP, CUSTOMERS, PAGES } from "./harness/deskbell.mjs";
import { Agent, Phone, connectPages, createGateway, signIn, whoIsOffered } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";
import { Wire } from "./harness/wire.mjs";

/** What a browser says of a network that is gone. */
const CUT = [/net::ERR_(CONNECTION|SOCKET|NETWORK|INCOMPLETE|EMPTY)_/];

journey("A rough day", { on: ["sqlite"] }, async (t) => {
  const { desk, sandbox } = t;
  const anna = desk.addUser({ email: "admin@example.org", name: "Anna Admin", role: "administrator" });
  const bo = desk.addUser({ email: "bo@example.org", name: "Bo Admin", role: "administrator" });
  const maya = desk.addUser({ email: "maya@example.org", name: "Maya Lind", role: "agent" });
  const token = desk.token(anna.email);
  const customer = CUSTOMERS.olena;
  const admin = await t.window("Anna");

  await t.step("a Page is connected", async () => {
    await signIn(admin, desk, anna);
    const uri = await createGateway(admin, desk, APP);
    await sandbox.control("POST", `/apps/${APP.id}`, {
      redirect_uris: [uri],
      deauthorize_callback_url: uri,
      data_deletion_url: `${uri}/data-deletion`,
    });
    await connectPages(admin, { person: "Anna Admin", pages: [PAGES.lavka.name] });
  });

  const wire = await Wire.lay(desk.url);
  t.finally(() => wire.drop());
  const agent = new Agent(await t.window("Maya"), maya);
  const phone = await t.step("an agent talks with a customer", async () => {
    await signIn(agent.window, wire, maya);
    await agent.goOnline(wire);
    const phone = await Phone.open(t, PAGES.lavka, customer);
    await phone.write("Hello");
    await phone.choose("Talk to an agent");
    await whoIsOffered([agent], customer);
    await agent.offerOf(customer).getByRole("button", { name: "Accept" }).click();
    await agent.open(customer);
    return phone;
  });

  await t.step("a pasted screenshot becomes a file of the answer and reaches the customer", async () => {
    await agent.page.getByRole("textbox", { name: "Message" }).focus();
    await agent.page.evaluate(async () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [321, 123];
      canvas.getContext("2d").fillRect(0, 0, 200, 100);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      const data = new DataTransfer();
      data.items.add(new File([blob], "pasted.png", { type: "image/png" }));
      document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
      );
    });
    await agent.page.getByText("pasted.png").first().waitFor();
    const send = agent.page.getByRole("button", { name: "Send", exact: true });
    await until("the file can be sent", () => send.isEnabled());
    await send.click();
    await until("the picture is on the phone", () =>
      phone.page
        .locator("img")
        .evaluateAll((all) => all.some((one) => one.complete && one.naturalWidth === 321)),
    );
  });

  await t.step(
    "a cut network is said at once; when it is back, nothing is missing and nothing doubled",
    async () => {
      agent.window.expected.push(...CUT);
      wire.cut();
      await agent.page.getByText("Connection lost", { exact: false }).first().waitFor();
      await agent.page.getByRole("textbox", { name: "Message" }).fill("A draft in the tunnel");
      await t.look(agent.window, "offline");
      for (const words of ["First, in the dark", "Second, in the dark", "Third, in the dark"])
        await phone.write(words);
      await until(
        "Deskbell has all three",
        async () => (await desk.call(token, "GET", "/conversations?q=Third, in the dark")).items.length === 1,
      );
      assert.equal(
        await agent
          .thread(customer)
          .getByText(/, in the dark$/)
          .count(),
        0,
        "the agent's browser hears nothing",
      );
      wire.mend();
      await agent.sees("Third, in the dark");
      const bubbles = await agent
        .thread(customer)
        .getByText(/, in the dark$/)
        .allInnerTexts();
      assert.deepEqual(bubbles, ["First, in the dark", "Second, in the dark", "Third, in the dark"]);
      assert.equal(
        await agent.page.getByRole("textbox", { name: "Message" }).inputValue(),
        "A draft in the tunnel",
      );
      await agent.page.getByText("Connection lost", { exact: false }).first().waitFor({ state: "hidden" });
    },
  );

  await t.step(
    "a killed server comes back, and with it the stream, the conversation and the draft",
    async () => {
      for (const window of [agent.window, admin]) window.expected.push(...CUT);
      await desk.kill();
      await agent.page.getByText("Connection lost", { exact: false }).first().waitFor();
      await desk.again();
      await phone.write("Are you still there?");
      await agent.sees("Are you still there?");
      await agent.write("I am.");
      await phone.sees("I am.");
    },
  );

  await t.step("of two administrators who save the same queue the later one is asked", async () => {
    const other = await t.window("Bo");
    await signIn(other, desk, bo);
    other.expected.push(/status of 409/);
    const open = async ({ page }) => {
      await page.goto(`${desk.url}/admin/queues`);
      await page.getByRole("link", { name: "General" }).first().click();
      await page.getByLabel("Name", { exact: true }).waitFor();
    };
    await open(admin);
    await open(other);
    // A browser that sleeps hears nothing of what others save.
    await other.context.setOffline(true);
    other.expected.push(/ERR_INTERNET_DISCONNECTED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/);
    await admin.page.getByLabel("Name", { exact: true }).fill("Front desk");
    await admin.page.getByRole("button", { name: /^Save/ }).first().click();
    await until(
      "the first is saved",
      async () =>
        (await admin.page.getByRole("button", { name: /^Save/ }).count()) === 0 ||
        !(await admin.page.getByRole("button", { name: /^Save/ }).first().isVisible()),
    );
    await other.page.getByLabel("Name", { exact: true }).fill("Reception");
    await other.context.setOffline(false);
    await other.page.getByRole("button", { name: /^Save/ }).first().click();
    const question = other.page.getByRole("dialog", { name: "Someone else changed this" });
    await question.getByText("Front desk").waitFor();
    await question.getByText("Reception").waitFor();
    await t.look(other, "saved-meanwhile");
    await question.getByRole("button", { name: "Load theirs" }).click();
    await until(
      "theirs is in the field",
      async () => (await other.page.getByLabel("Name", { exact: true }).inputValue()) === "Front desk",
    );
  });

  await t.step(
    "a number that cannot be read is marked, and nothing is saved as if the field were empty",
    async () => {
      const { page } = admin;
      const target = page.getByLabel("First answer", { exact: true });
      await target.fill("90");
      await page.getByRole("button", { name: /^Save/ }).first().click();
      await page.getByText("Saved").first().waitFor();
      await target.fill("");
      await target.pressSequentially("1-2");
      await target.blur();
      await page.getByText("Enter a whole number.").waitFor();
      await page.getByRole("button", { name: /^Save/ }).first().click();
      await until("the field has the focus", () =>
        target.evaluate((field) => field === document.activeElement),
      );
      const { items } = await (await page.request.get(`${desk.url}/api/v1/queues`)).json();
      assert.deepEqual(items.map((queue) => queue.sla.first_response_seconds).filter(Boolean), [90]);
    },
  );
});
