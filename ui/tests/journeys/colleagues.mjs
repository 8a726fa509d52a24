// Agents among each other: two want the same customer, one is too slow, one declines, one is away, and a supervisor takes
// over. Each of them reads what happened.
import assert from "node:assert/strict";
import { CUSTOMERS } from "./harness/deskbell.mjs";
import { Customer, changeQueue, connectLavka } from "./harness/customers.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, signIn, whoIsOffered } from "./harness/people.mjs";

const { olena, ahmed, li } = CUSTOMERS;

journey("Colleagues", {}, async (t) => {
  const { desk, sandbox } = t;
  const call = await connectLavka(t);
  // What an agent misses is missed soon, and twice is enough.
  await changeQueue(call, { offer_seconds: 4, missed_limit: 2 });
  const people = [
    desk.addUser({ email: "maya@example.org", name: "Maya Lind", role: "agent" }),
    desk.addUser({ email: "ben@example.org", name: "Ben Okafor", role: "agent" }),
  ];
  const sam = desk.addUser({ email: "sam@example.org", name: "Sam Lead", role: "supervisor" });

  const agents = await t.step("two agents sign in", async () => {
    const enter = async (person) => {
      const agent = new Agent(await t.window(person.name), person);
      await signIn(agent.window, desk, person);
      await agent.page.goto(`${desk.url}/workspace`);
      await agent.switch.waitFor();
      return agent;
    };
    return Promise.all(people.map(enter));
  });
  const told = (agent) => agent.page.getByRole("region", { name: "Notifications" });
  const other = (agent) => agents.find((one) => one !== agent);

  await t.step(
    "both take one waiting customer at the same moment: one has them, the other reads why not",
    async () => {
      // The page asks whether the conversation that it lost can still be seen.
      for (const agent of agents)
        agent.window.expected.push(/status of 409 .*\/take\b/, /status of 404 .*\/conversations\/\d+\b/);
      await new Customer(sandbox, olena).askForAgent();
      for (const agent of agents) {
        await agent.open(olena);
        await agent.sees("How can we help you?");
        const read = await agent.thread(olena).innerText();
        assert.ok(read.indexOf("Hello!") < read.indexOf("How can we"), `in this order: ${read}`);
        await agent.page.getByRole("button", { name: "Take", exact: true }).waitFor();
      }
      // A page that waits for the moment hears nothing of what the other does.
      const moment = Date.now() + 1_000;
      const press = (agent) =>
        agent.page.getByRole("button", { name: "Take", exact: true }).evaluate((button, at) => {
          while (Date.now() < at);
          button.click();
        }, moment);
      await Promise.all(agents.map(press));
      const composer = (agent) => agent.page.getByRole("textbox", { name: "Message" });
      const winner = await Promise.any(
        agents.map(async (agent) => {
          await composer(agent).waitFor();
          return agent;
        }),
      );
      const loser = other(winner);
      await told(loser).getByText("colleague").first().waitFor();
      await loser.page.getByText("No longer here").waitFor();
      assert.equal(await composer(loser).count(), 0);
      const { items } = await call("GET", "/conversations?state=active");
      assert.deepEqual(
        items.map((conversation) => conversation.agent.name),
        [winner.user.name],
      );
      await winner.write("Hello Olena, this is the one who was quicker.");
    },
  );

  const [late, holder] = await t.step(
    "an accept that the network holds up comes too late: the colleague has the offer, and it is said",
    async () => {
      for (const agent of agents) await agent.turnOn();
      const customer = new Customer(sandbox, ahmed);
      await customer.askForAgent();
      const slow = await whoIsOffered(agents, ahmed);
      const quick = other(slow);
      slow.window.expected.push(/status of 409 .*\/accept\b/);
      let release;
      const held = new Promise((resolve) => (release = resolve));
      await slow.page.route("**/accept", async (route) => {
        await held;
        await route.continue();
      });
      await slow.offerOf(ahmed).getByRole("button", { name: "Accept" }).click();
      await quick.offerOf(ahmed).getByRole("button", { name: "Accept" }).click();
      await quick.thread(ahmed).waitFor();
      release();
      await told(slow).getByText("Taken by a colleague").waitFor();
      await slow.page.unroute("**/accept");
      await quick.write("Good morning, Ahmed.");
      await customer.gets("Good morning, Ahmed.");
      return [slow, quick];
    },
  );

  await t.step("who misses offers up to the limit is put on pause, is told so, and comes back", async () => {
    await holder.page.keyboard.press("Alt+P");
    await holder.page.getByRole("button", { name: "Status: Pause" }).waitFor();
    await new Customer(sandbox, li).askForAgent();
    await late.offerOf(li).waitFor();
    await told(late).getByText("You missed this offer").last().waitFor();
    const why = late.page.getByText("You are on pause because you missed several offers");
    await why.waitFor();
    await late.page.getByRole("button", { name: "Status: Pause, offers missed" }).waitFor();
    await t.look(late.window, "break-out");
    await late.page.getByRole("button", { name: "Go online" }).first().click();
    await why.waitFor({ state: "hidden" });
    await late.page.getByRole("button", { name: "Status: Online" }).waitFor();
    // The customer still waits.
    await late.open(li);
    await late.page
      .getByRole("button", { name: /^(Take|Accept)$/ })
      .first()
      .click();
    await late.write("你好!");
  });

  await t.step(
    "a transfer rings at the colleague, with the note; declined, it comes back and says so",
    async () => {
      await changeQueue(call, { offer_seconds: 60 });
      await holder.open(ahmed);
      await holder.page.getByRole("button", { name: "Transfer" }).first().click();
      const dialog = holder.page.getByRole("dialog", { name: "Transfer" });
      await dialog.getByRole("combobox", { name: "To" }).click();
      await holder.page.getByRole("option", { name: late.user.name }).click();
      await dialog.getByLabel("Note for them").fill("He asks about the opening hours.");
      await dialog.getByRole("button", { name: "Transfer" }).click();
      await told(holder).getByText(`Offered to ${late.user.name}`).waitFor();
      const offer = late.offerOf(ahmed);
      await offer.getByText(`Transfer from ${holder.user.name}`).waitFor();
      await offer.getByText("He asks about the opening hours.").waitFor();
      await t.look(late.window, "transfer-rings");
      await offer.getByRole("button", { name: "Decline" }).click();
      await offer.waitFor({ state: "detached" });
      // The transfer led on to other work.
      const back = told(holder).locator(".toast", { hasText: `${ahmed.name} is back` });
      await back.getByRole("button", { name: "Open" }).click();
      await holder.thread(ahmed).waitFor();
      await holder.sees(`${late.user.name} declined. The conversation is back with ${holder.user.name}`);
      await holder.write("Sorry, I am still here.");
    },
  );

  await t.step(
    "the supervisor takes over; who had the conversation reads it, wherever they are",
    async () => {
      const supervisor = new Agent(await t.window(sam.name), sam);
      const { page } = supervisor;
      await signIn(supervisor.window, desk, sam);
      await page.goto(`${desk.url}/live`);
      await page.getByRole("link", { name: ahmed.name }).click();
      const along = page.getByRole("region", { name: "Reading along" });
      await along.getByText("Sorry, I am still here.").waitFor();
      const takeOver = async (from) => {
        await page.getByRole("button", { name: "Take over" }).click();
        const question = page.getByRole("dialog", { name: "Take over this conversation?" });
        await question.getByText(`${from.user.name} is answering here`).waitFor();
        await question.getByRole("button", { name: "Take over" }).click();
        await supervisor.sees("Sam Lead took over");
      };
      await takeOver(holder);
      // It is still in view, or not any more: both are said.
      const says = (words) => holder.page.getByText(words);
      await says("Sam Lead is answering here").or(says("No longer here")).first().waitFor();
      await t.look(holder.window, "taken-over");
      await supervisor.write("Ahmed, this is Sam.");
      await new Customer(sandbox, ahmed).gets("Ahmed, this is Sam.");
      await holder.page.reload();
      await says("No longer here").waitFor();
      assert.equal(await holder.page.getByRole("link", { name: ahmed.name }).count(), 0);

      await late.page.getByRole("link", { name: "History" }).click();
      await page.getByRole("button", { name: "With colleagues" }).click();
      await supervisor.open(li);
      await takeOver(late);
      await told(late).getByText(`${li.name}: Sam Lead took over`).waitFor();
    },
  );
});
