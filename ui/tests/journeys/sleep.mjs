// A laptop in a train: the network goes and comes back, the lid is closed and opened. The loss is said, nothing is lost or
// doubled, and the page that wakes has all of it by one request.
import assert from "node:assert/strict";
import { CUSTOMERS } from "./harness/deskbell.mjs";
import { Customer, connectLavka } from "./harness/customers.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";
import { fallAsleep, wake } from "./harness/sleep.mjs";
import { Wire } from "./harness/wire.mjs";

/** A loss is said within so many milliseconds. */
const SAID_WITHIN = 5_000;

journey("Sleep and resume", {}, async (t) => {
  const { desk, sandbox } = t;
  const call = await connectLavka(t);
  const maya = desk.addUser({ email: "maya@example.org", name: "Maya Lind", role: "agent" });
  const wire = await Wire.lay(desk.url);
  t.finally(() => wire.drop());
  const window = await t.window("Maya's laptop");
  const { page, context } = window;
  window.expected.push(/net::ERR_(CONNECTION|SOCKET|NETWORK|INCOMPLETE|EMPTY|INTERNET)_/);
  const agent = new Agent(window, maya);
  const olena = new Customer(sandbox, CUSTOMERS.olena);
  const message = page.getByRole("textbox", { name: "Message" });
  const arrived = (words) =>
    until(`Deskbell has “${words}”`, async () => {
      const { items } = await call("GET", `/conversations?q=${encodeURIComponent(words)}`);
      return items.length === 1;
    });
  /** The bubbles that say one of these, in their order. */
  const bubbles = (pattern) => agent.thread(olena).getByText(pattern).allInnerTexts();

  await t.step("an agent talks with a customer", async () => {
    await signIn(window, wire, maya);
    await agent.goOnline(wire);
    await olena.askForAgent();
    await agent.offerOf(olena).getByRole("button", { name: "Accept" }).click();
    await agent.thread(olena).waitFor();
    await agent.write("Good evening!");
  });

  await t.step("the network goes: it is said within 5 s, and what is written waits", async () => {
    await context.setOffline(true);
    wire.cut();
    await page.getByText("You are offline").waitFor({ timeout: SAID_WITHIN });
    await message.fill("Answer 1, in the tunnel");
    await page.keyboard.press("Enter");
    await message.fill("Answer 2, in the tunnel");
    await page.keyboard.press("Enter");
    await page.getByText("Waiting for the connection").first().waitFor();
    await message.fill("A thought that is not finished");
    for (const words of ["Question 1, in the tunnel", "Question 2, in the tunnel"]) await olena.write(words);
    await arrived("Question 2, in the tunnel");
    await t.look(window, "offline");
  });

  await t.step("it is back: each message is there once, and in its order, on both sides", async () => {
    wire.mend();
    await context.setOffline(false);
    await agent.sees("Question 2, in the tunnel");
    await page.getByText("You are offline").waitFor({ state: "hidden" });
    assert.equal(await olena.gets("Answer 2, in the tunnel"), 1);
    assert.deepEqual(await bubbles(/, in the tunnel$/), [
      "Question 1, in the tunnel",
      "Question 2, in the tunnel",
      "Answer 1, in the tunnel",
      "Answer 2, in the tunnel",
    ]);
    const told = (await olena.thread()).map(({ text }) => text ?? "").filter((text) => /Answer/.test(text));
    assert.deepEqual(told, ["Answer 1, in the tunnel", "Answer 2, in the tunnel"]);
    assert.equal(await message.inputValue(), "A thought that is not finished");
  });

  await t.step("the lid is closed; opened again, the page has all of it by one request", async () => {
    await fallAsleep(window);
    wire.cut();
    const asleep = Array.from({ length: 30 }, (_, n) => `Line ${n + 1}, while Maya sleeps`);
    for (const words of asleep) await olena.write(words);
    await arrived(asleep.at(-1));
    const { items } = await call("GET", "/conversations?state=active");
    await call("POST", `/conversations/${items[0].id}/notes`, { text: "Note, while Maya sleeps" });
    const asked = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      // Which mentions were read on another screen is asked at each look at the page, after a sleep or not.
      if (request.method() === "GET" && !pathname.endsWith("/me/mentions")) asked.push(pathname);
    });
    wire.mend();
    await wake(window);
    await agent.sees("Note, while Maya sleeps");
    assert.deepEqual(asked, ["/api/v1/events"]);
    const log = agent.thread(olena);
    await log.getByText(asleep.at(-1)).scrollIntoViewIfNeeded();
    await t.look(window, "awake");
    assert.equal(await message.inputValue(), "A thought that is not finished");
    await agent.write("I have read all of it.");
    await olena.gets("I have read all of it.");
  });
});
