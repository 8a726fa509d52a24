// The first quarter of an hour with Deskbell: `deskbell demo --empty` is typed, and its guide is followed to the letter.
import assert from "node:assert/strict";
import { journey } from "./harness/journey.mjs";
import { Agent, Phone, connectPages, createGateway, signIn } from "./harness/people.mjs";

journey("The first run", { demo: "empty" }, async (t) => {
  const { desk } = t;
  const app = { id: desk.told(/App ID +(\d+)/), secret: desk.told(/App Secret +([0-9a-f]+)/) };
  const anna = {
    email: desk.told(/Sign in as +(\S+@\S+)/),
    password: desk.told(/password +(\S+)/),
    name: "Anna Admin",
  };
  const lavka = { name: "Lavka" };
  const boss = await t.window("Anna");

  await t.step("Anna signs in where the guide says, and is told what is still missing", async () => {
    await boss.page.goto(desk.told(/Connect a Page +(\S+)/));
    await signIn(boss, desk, anna);
    await boss.page.goto(`${desk.url}/admin`);
    await boss.page.getByRole("heading", { name: "Create a chat gateway" }).waitFor();
    await boss.page.getByRole("link", { name: "Create gateway" }).waitFor();
    await t.look(boss, "what-is-missing");
  });

  await t.step("she creates the gateway; what is pasted at Meta's the demo fills in", async () => {
    await createGateway(boss, desk, app);
    await connectPages(boss, { person: "Anna", pages: [lavka.name] });
    await t.look(boss, "connected");
  });

  let phone, customer;
  await t.step("as the customer she writes to the Page, and Set-up ticks its last step", async () => {
    const state = await t.sandbox.control("GET", "/state");
    const page = state.pages.find((page) => page.name === lavka.name);
    const first = state.customers[0];
    customer = { id: first.id, name: `${first.first_name} ${first.last_name}`.trim() };
    phone = await Phone.open(t, page, customer);
    await phone.write("Hello");
    await boss.page.getByText("It works").waitFor();
    await t.look(boss, "it-works");
  });

  const agent = new Agent(boss, anna);
  await t.step("she goes to Workspace from there; the customer asks for a person, and it rings", async () => {
    await boss.page.getByRole("link", { name: "Answer it in Workspace" }).click();
    await agent.turnOn();
    await phone.choose("Talk to an agent");
    await agent.offerOf(customer).getByRole("button", { name: "Accept" }).click();
    await agent.open(customer);
    await agent.write("You have reached Anna.");
    await phone.sees("You have reached Anna.");
  });

  await t.step("a second agent of the guide signs in beside her", async () => {
    const ben = { email: desk.told(/(ben@\S+)/), password: anna.password, name: "Ben Agent" };
    const second = new Agent(await t.window("Ben"), ben);
    await signIn(second.window, desk, ben);
    await second.goOnline(desk);
  });

  await t.step("the checklist is done, and the overview is calm", async () => {
    await boss.page.goto(`${desk.url}/admin`);
    await boss.page.getByText("Live status").waitFor();
    assert.equal(await boss.page.getByRole("heading", { name: "Create a chat gateway" }).count(), 0);
    await t.look(boss, "calm");
  });

  await t.step(
    "the demo is stopped and started again: all is well, and the next customer is answered",
    async () => {
      const cut = [
        /ERR_CONNECTION_REFUSED/,
        /ERR_INCOMPLETE_CHUNKED_ENCODING/,
        /ERR_EMPTY_RESPONSE/,
        /ERR_CONNECTION_RESET/,
      ];
      for (const window of t.windows) window.expected.push(...cut);
      await desk.restart();
      assert.equal(desk.server.printed.includes("Reconnect"), false, "its Pages need no new login");
      const state = await t.sandbox.control("GET", "/state");
      const page = state.pages.find((page) => page.name === lavka.name);
      const next = state.customers[1];
      const name = `${next.first_name} ${next.last_name}`.trim();
      const other = await Phone.open(t, page, { id: next.id, name });
      await other.write("Hello");
      await other.page.locator("#replies").getByRole("button", { name: "Talk to an agent" }).waitFor();
      const gateways = await (await boss.page.request.get(`${desk.url}/api/v1/gateways`)).json();
      assert.deepEqual(
        gateways.items.map((gateway) => gateway.ok),
        [true],
        "no Page has lost its access",
      );
      await phone.sees("You have reached Anna.");
    },
  );
});
