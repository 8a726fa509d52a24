// `deskbell demo`, as a newcomer types it: customers of all three channels wait already, and each is answered.
import assert from "node:assert/strict";
import { INSTAGRAM, PAGES, WHATSAPP } from "./harness/deskbell.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, Phone, signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

/** The first who waits on each channel, in the order in which they wrote. */
const WAITING = [
  { account: PAGES.lavka, channel: "Messenger", customer: { id: "olena", name: "Olena Kovalenko" } },
  { account: INSTAGRAM.lavka, channel: "Instagram", customer: { id: "maria", name: "María-Fernanda" } },
  { account: WHATSAPP.lavka, channel: "WhatsApp", customer: { id: "nopic", name: "Petro Shevchuk" } },
];

journey("The demo", { demo: "full" }, async (t) => {
  const { desk } = t;
  const anna = {
    email: desk.told(/Sign in as +(\S+@\S+)/),
    password: desk.told(/password +(\S+)/),
    name: "Anna Admin",
  };
  const boss = await t.window("Anna");
  const agent = new Agent(boss, anna);

  await t.step("Anna signs in where the guide says, and customers of all channels wait", async () => {
    await boss.page.goto(desk.told(/Take chats +(\S+)/));
    await signIn(boss, desk, anna);
    const waiting = async () => {
      const answer = await boss.page.request.get(`${desk.url}/api/v1/conversations?state=queued&limit=50`);
      return (await answer.json()).items;
    };
    await until("two customers wait on each channel", async () => {
      const channels = (await waiting()).map((conversation) => conversation.channel).sort();
      return channels.join() === "instagram,instagram,messenger,messenger,whatsapp,whatsapp";
    });
    await agent.goOnline(desk);
    await t.look(boss, "customers-wait");
  });

  for (const { account, channel, customer } of WAITING) {
    await t.step(
      `the customer of ${channel} is accepted and answered, and their phone shows it`,
      async () => {
        const offer = boss.page.getByRole("region", { name: new RegExp(`^Offer from ${customer.name}`) });
        await offer.getByRole("button", { name: "Accept" }).click();
        // Not one of the same name who still waits.
        const mine = boss.page.getByRole("region", { name: /^Mine/ });
        const row = mine
          .getByRole("link", { name: customer.name })
          .or(mine.getByRole("option", { name: customer.name }));
        await row.first().click();
        await boss.page.getByRole("heading", { name: customer.name }).first().waitFor();
        await agent.write(`Good day, this is Anna on ${channel}.`);
        const phone = await Phone.open(t, account, customer);
        await phone.sees(`Good day, this is Anna on ${channel}.`);
        await t.look(boss, `${channel.toLowerCase()}-answered`);
      },
    );
  }

  await t.step("Health finds nothing, and a second start adds nothing", async () => {
    const read = async (path) =>
      (await (await boss.page.request.get(`${desk.url}/api/v1${path}`)).json()).items;
    assert.deepEqual(
      (await read("/gateways")).map((gateway) => [gateway.name, gateway.ok]),
      [["Lavka", true]],
    );
    const before = (await read("/conversations?limit=50")).length;
    for (const window of t.windows)
      window.expected.push(
        /ERR_CONNECTION_REFUSED/,
        /ERR_INCOMPLETE_CHUNKED_ENCODING/,
        /ERR_EMPTY_RESPONSE/,
        /ERR_CONNECTION_RESET/,
      );
    await desk.restart();
    assert.equal((await read("/conversations?limit=50")).length, before);
    assert.equal((await read("/gateways")).length, 1);
  });
});
