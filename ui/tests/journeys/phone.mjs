// A day of an agent on the road, on a phone of 390 px, in the dark theme: push notifications while it is locked, a tunnel, and
// everything by taps.
import assert from "node:assert/strict";
import { CUSTOMERS } from "./harness/deskbell.mjs";
import { Customer, connectLavka } from "./harness/customers.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";
import { PushService, Worker } from "./harness/push.mjs";
import { fallAsleep, wake } from "./harness/sleep.mjs";
import { Wire } from "./harness/wire.mjs";

journey("A day on a phone", {}, async (t) => {
  const { desk, sandbox } = t;
  const call = await connectLavka(t);
  const maya = desk.addUser({ email: "maya@example.org", name: "Maya Lind", role: "agent" });
  const wire = await Wire.lay(desk.url);
  t.finally(() => wire.drop());
  const service = await PushService.open();
  t.finally(() => service.close());

  const window = await t.window("Maya's phone", { width: 390, height: 844, phone: true, theme: "dark" });
  const { page } = window;
  await service.equip(window, wire.url);
  const agent = new Agent(window, maya);
  const olena = new Customer(sandbox, CUSTOMERS.olena);
  const ahmed = new Customer(sandbox, CUSTOMERS.ahmed);
  /** What a colleague sees of Maya. */
  const seen = async () => (await call("GET", "/agents")).items.find(({ name }) => name === maya.name);
  /** A picture, and nothing is wider than the phone. */
  const look = async (name) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
    await t.look(window, name);
  };

  const worker = await t.step("signs in, and allows push notifications on this device", async () => {
    await signIn(window, wire, maya);
    await page.goto(`${wire.url}/me`);
    const push = page.getByRole("switch", { name: "Push notifications on this device" });
    await push.tap();
    await until("it is on", async () => (await push.getAttribute("aria-checked")) === "true");
    await push.scrollIntoViewIfNeeded();
    await look("push");
    return Worker.of(window, wire.url);
  });

  await t.step("goes online, accepts with a thumb, and answers", async () => {
    await page.getByRole("link", { name: "Work" }).tap();
    await agent.switch.first().tap();
    await until("Maya is online", async () => (await seen()).status === "online");
    await olena.askForAgent();
    await look("offer");
    await agent.offerOf(olena).getByRole("button", { name: "Accept" }).tap();
    await agent.thread(olena).waitFor();
    await page.getByRole("textbox", { name: "Message" }).tap();
    await page.keyboard.type("I am on my way.");
    // Return is a new line on a phone.
    await page.keyboard.press("Enter");
    await page.keyboard.type("Ten minutes!");
    await page.getByRole("button", { name: "Send", exact: true }).tap();
    await olena.gets("I am on my way.\nTen minutes!");
    await look("thread");
  });

  await t.step(
    "the phone is locked; a push tells who writes, and a tap leads to the conversation",
    async () => {
      await page.getByRole("link", { name: "Back to the list" }).tap();
      await agent.row(olena).waitFor();
      await fallAsleep(window);
      await olena.write("I am at the door.");
      await worker.get(await service.next("message"));
      const told = "Olena Kovalenko: New message";
      await until("the notification is there", async () => (await worker.shown()).includes(told));
      await worker.tap(told);
      await wake(window);
      await agent.thread(olena).waitFor();
      await agent.sees("I am at the door.");
      await until("what is read is no longer notified", async () => (await worker.shown()).length === 0);
    },
  );

  await t.step("an offer reaches the locked phone, and still rings when it is unlocked", async () => {
    await fallAsleep(window);
    await ahmed.askForAgent();
    await worker.get(await service.next("offer"));
    await until("the notification is there", async () =>
      (await worker.shown()).includes(`Offer from ${ahmed.name}: General`),
    );
    await wake(window);
    await agent.offerOf(ahmed).waitFor();
    await look("offer-over-a-thread");
    await agent.offerOf(ahmed).getByRole("button", { name: "Decline" }).tap();
  });

  await t.step(
    "in a tunnel a push warns before the conversations are lost; back in time, Maya keeps hers",
    async () => {
      window.expected.push(/net::ERR_(CONNECTION|SOCKET|NETWORK|INCOMPLETE|EMPTY)_/);
      await fallAsleep(window);
      wire.cut();
      await worker.get(await service.next("lost", 30_000));
      await until("the notification is there", async () =>
        (await worker.shown()).some((words) => words.startsWith("You are about to lose your conversations")),
      );
      await olena.write("Are you there?");
      wire.mend();
      await wake(window);
      await agent.sees("Are you there?");
      await until("Maya is online again", async () => {
        const { status, open_conversations: open } = await seen();
        return status === "online" && open === 1;
      });
      await page.getByRole("textbox", { name: "Message" }).fill("Here I am.");
      await page.getByRole("button", { name: "Send", exact: true }).tap();
      await olena.gets("Here I am.");
    },
  );

  await t.step("closes the conversation, and the list is empty", async () => {
    await page.getByRole("button", { name: "Close conversation" }).tap();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Close conversation" }).waitFor();
    await look("close");
    await dialog.getByRole("button", { name: "Close conversation" }).tap();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("No conversations yet").waitFor();
    await look("list");
  });
});
