// The story that must always work (product.md §1), with two agents and a customer on each channel at once: from an empty
// store to closed conversations in the history.
import assert from "node:assert/strict";
import { journey } from "./harness/journey.mjs";
import { APP, CUSTOMERS, INSTAGRAM, PAGES, SYSTEM_TOKEN, WHATSAPP } from "./harness/deskbell.mjs";
import { Agent, Phone, loginDialog, signIn, switchOn, uriOn, whoIsOffered } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

const CLIENTS = [
  {
    customer: CUSTOMERS.olena,
    account: PAGES.lavka,
    hasPicture: true,
    asks: "Is my order on its way?",
    told: "It left this morning.",
    thanks: "Wonderful, thank you!",
  },
  {
    customer: CUSTOMERS.ahmed,
    account: INSTAGRAM.lavka,
    hasPicture: true,
    asks: "متى تفتحون غدا؟",
    told: "We open at 8.",
    thanks: "شكرا",
  },
  {
    customer: CUSTOMERS.li,
    account: WHATSAPP.lavka,
    // WhatsApp shows businesses no pictures of people.
    hasPicture: false,
    asks: "你好,可以退货吗?",
    told: "Of course, within 30 days.",
    thanks: "谢谢 🙏",
  },
];

journey("The story", { on: ["sqlite", "postgres"] }, async (t) => {
  const { desk, sandbox } = t;
  const boss = desk.addUser({ email: "admin@example.org", name: "Anna Admin", role: "administrator" });
  const people = [
    desk.addUser({ email: "maya@example.org", name: "Maya Lind", role: "agent" }),
    desk.addUser({ email: "ben@example.org", name: "Ben Okafor", role: "agent" }),
  ];
  const admin = await t.window("administrator");

  await t.step("an administrator signs in and opens Chat gateways", async () => {
    await admin.page.goto(desk.url);
    await admin.page.getByLabel("E-mail").waitFor();
    await t.look(admin, "sign-in");
    await signIn(admin, desk, boss);
    await admin.page.goto(`${desk.url}/admin`);
    await admin.page.getByRole("link", { name: "Chat gateways" }).first().click();
    await admin.page.getByRole("heading", { name: "Chat gateways" }).first().waitFor();
    await t.look(admin, "no-gateway-yet");
  });

  await t.step("creates a Meta gateway with App ID and App Secret", async () => {
    const add = /^(add|new|create|connect).*(gateway|messenger|meta)/i;
    await admin.page
      .getByRole("link", { name: add })
      .or(admin.page.getByRole("button", { name: add }))
      .first()
      .click();
    await admin.page.getByLabel("Name", { exact: true }).fill("Messenger");
    await admin.page.getByLabel("App ID").fill(APP.id);
    await admin.page.getByLabel("App Secret").first().fill(APP.secret);
    await t.look(admin, "new-gateway");
    await admin.page
      .getByRole("button", { name: /^(save|create|add)/i })
      .first()
      .click();
  });

  await t.step("the gateway shows its URI, which goes into Meta's app", async () => {
    const uri = await until("the URI is on the page", () => uriOn(admin.page, desk.url));
    await t.look(admin, "gateway-uri");
    await sandbox.control("POST", `/apps/${APP.id}`, {
      redirect_uris: [uri],
      deauthorize_callback_url: uri,
      data_deletion_url: `${uri}/data-deletion`,
    });
  });

  await t.step("goes through Meta's login in a popup and comes back to all Pages", async () => {
    const tab = admin.page.getByRole("tab", { name: "Facebook pages" });
    if (await tab.count()) await tab.click();
    const opened = admin.page.waitForEvent("popup");
    await admin.page.getByRole("button", { name: "Add or remove pages" }).click();
    const popup = await opened;
    await loginDialog(popup, {
      person: "Anna Admin",
      pages: [PAGES.lavka.name, PAGES.cafe.name, PAGES.museum.name],
    });
    const chooser = admin.page.getByRole("dialog", { name: "Choose pages" });
    for (const page of Object.values(PAGES)) await chooser.getByText(page.name).first().waitFor();
    await t.look(admin, "choose-pages");
  });

  await t.step("switches message retrieval on for two Pages", async () => {
    const chooser = admin.page.getByRole("dialog", { name: "Choose pages" });
    await chooser.getByRole("checkbox", { name: PAGES.lavka.name }).check();
    await chooser.getByRole("button", { name: "Save choice" }).click();
    await chooser.waitFor({ state: "hidden" });
    // The other one by its switch in the list.
    const toggle = (page) =>
      admin.page.getByRole("switch", { name: `Webhook subscription for ${page.name}` });
    await toggle(PAGES.cafe).click();
    for (const page of [PAGES.lavka, PAGES.cafe]) {
      await until(
        `${page.name} is subscribed`,
        async () => (await toggle(page).getAttribute("aria-checked")) === "true",
      );
    }
    const state = await sandbox.control("GET", "/state");
    const subscribed = state.pages
      .filter((page) => Object.keys(page.subscribed_apps).length)
      .map((page) => page.name);
    assert.deepEqual(subscribed.sort(), [PAGES.lavka.name, PAGES.cafe.name].sort());
    await t.look(admin, "pages-subscribed");
  });

  await t.step("connects the Instagram account of a Page, and a WhatsApp number", async () => {
    await admin.page.getByRole("tab", { name: "Instagram" }).click();
    const opened = admin.page.waitForEvent("popup");
    await admin.page.getByRole("button", { name: "Connect through Facebook" }).click();
    await loginDialog(await opened, { person: "Anna Admin", pages: [PAGES.lavka.name, PAGES.cafe.name] });
    await switchOn(admin, "Choose accounts", INSTAGRAM.lavka.name);
    await admin.page.getByRole("tab", { name: "WhatsApp" }).click();
    await admin.page.getByRole("button", { name: "Paste a token" }).click();
    const dialog = admin.page.getByRole("dialog", { name: "Connect with a system user’s token" });
    await dialog.getByLabel("Token").fill(SYSTEM_TOKEN);
    await dialog.getByRole("button", { name: "Connect numbers" }).click();
    await switchOn(admin, "Choose numbers", WHATSAPP.lavka.name);
  });

  const agents = await t.step("two agents sign in to Workspace and turn Call Center on", async () => {
    const agents = [];
    for (const person of people) {
      const agent = new Agent(await t.window(person.name), person);
      await signIn(agent.window, desk, person);
      await agent.goOnline(desk);
      agents.push(agent);
    }
    await t.look(agents[0].window, "workspace-quiet");
    return agents;
  });

  const phones = await t.step(
    "a customer on each channel writes; the bot greets each and offers choices",
    async () => {
      const phones = await Promise.all(
        CLIENTS.map(({ account, customer }) => Phone.open(t, account, customer)),
      );
      await Promise.all(phones.map((phone) => phone.write("Hello")));
      await Promise.all(phones.map((phone) => phone.choice("Talk to an agent").waitFor()));
      await t.look(phones[0].window, "phone-choices", { accessible: false });
      return phones;
    },
  );

  const hands = await t.step(
    "on request each is offered to an agent, with name, picture, queue and wait",
    async () => {
      await Promise.all(phones.map((phone) => phone.choose("Talk to an agent")));
      const hands = [];
      // An agent sees one offer at a time, so whoever is offered first is accepted first.
      const waiting = new Set(CLIENTS);
      while (waiting.size > 0) {
        const { client, agent } = await Promise.any(
          [...waiting].map(async (client) => ({
            client,
            agent: await whoIsOffered(agents, client.customer),
          })),
        );
        waiting.delete(client);
        const offer = agent.offerOf(client.customer);
        await offer.getByText("General").waitFor();
        if (client.hasPicture) {
          await until(`the offer shows the picture of ${client.customer.name}`, () =>
            offer
              .locator("img")
              .first()
              .evaluate((picture) => picture.complete && picture.naturalWidth > 0),
          );
        }
        if (waiting.size === CLIENTS.length - 1) await t.look(agent.window, "offer");
        await offer.getByRole("button", { name: "Accept" }).click();
        await agent.row(client.customer).waitFor();
        hands[CLIENTS.indexOf(client)] = agent;
      }
      assert.equal(new Set(hands).size, 2, "both agents have work: the one who waited longest comes first");
      return hands;
    },
  );

  await t.step("both write, and each sees the other's words at once", async () => {
    for (const [n, client] of CLIENTS.entries()) {
      const [agent, phone] = [hands[n], phones[n]];
      await agent.open(client.customer);
      await phone.write(client.asks);
      await agent.sees(client.asks);
      await agent.write(client.told);
      await phone.sees(client.told);
      await phone.write(client.thanks);
      await agent.sees(client.thanks);
    }
    await t.look(hands[0].window, "thread");
    await t.look(phones[0].window, "phone-thread", { accessible: false });
    await t.look(hands[1].window, "thread-right-to-left");
  });

  await t.step("a picture each way", async () => {
    const [agent, phone, client] = [hands[0], phones[0], CLIENTS[0]];
    await agent.open(client.customer);
    const file = {
      name: "receipt.png",
      mimeType: "image/png",
      buffer: await agent.page.screenshot({ clip: { x: 0, y: 0, width: 240, height: 160 } }),
    };
    const seen = (page) =>
      page
        .locator("img")
        .evaluateAll((all) => all.filter((one) => one.complete && one.naturalWidth === 240).length);
    await agent.page.locator("input[type=file]").first().setInputFiles(file);
    await agent.page.getByText("receipt.png").first().waitFor();
    await agent.page.getByRole("button", { name: "Send", exact: true }).click();
    await until("the agent's picture is on the phone", async () => (await seen(phone.page)) > 0);
    const before = await seen(agent.page);
    await phone.page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ ...file, name: "damage.png" });
    await until("the customer's picture is in the thread", async () => (await seen(agent.page)) > before);
    await t.look(agent.window, "pictures");
  });

  await t.step("a note stays among colleagues", async () => {
    const [agent, client] = [hands[0], CLIENTS[0]];
    await agent.open(client.customer);
    await agent.page.getByRole("button", { name: "Add note" }).first().click();
    await agent.page.getByRole("textbox", { name: "Note" }).fill("Paid by card, parcel 4711.");
    await agent.page.getByRole("button", { name: "Save note" }).click();
    await agent.sees("Paid by card, parcel 4711.");
    assert.equal(await phones[0].log.getByText("parcel 4711").count(), 0);
  });

  await t.step("a close is undone, and the agent writes on", async () => {
    const [agent] = hands;
    await agent.open(CLIENTS[0].customer);
    await agent.close();
    await agent.page.getByRole("button", { name: "Undo" }).click();
    // The close led on to the next customer; this leads back.
    await agent.thread(CLIENTS[0].customer).waitFor();
    await agent.page.getByRole("button", { name: "Close conversation" }).first().waitFor();
    await agent.write("One more thing");
    await phones[0].sees("One more thing");
  });

  await t.step("the agents close, and the customers get the closing text", async () => {
    for (const [n, client] of CLIENTS.entries()) {
      const before = await phones[n].log.locator(".bubble").count();
      await hands[n].open(client.customer);
      await hands[n].close();
      await until(
        `${client.customer.name} gets the closing text`,
        async () => (await phones[n].log.locator(".bubble").count()) > before,
      );
    }
    await t.look(hands[0].window, "closed");
  });

  await t.step("all three conversations are in the history", async () => {
    await admin.page.goto(`${desk.url}/history`);
    for (const { customer } of CLIENTS) await admin.page.getByText(customer.name).first().waitFor();
    await t.look(admin, "history");
  });

  await t.step("F5 during an offer loses nothing, and a killed browser's offer moves on", async () => {
    const customer = CUSTOMERS.maria;
    const phone = await Phone.open(t, PAGES.lavka, customer);
    await phone.write("Hello");
    await phone.choose("Talk to an agent");
    const first = await whoIsOffered(agents, customer);
    await first.page.reload();
    await first.offerOf(customer).getByRole("button", { name: "Accept" }).waitFor();
    await first.page.close();
    const second = await whoIsOffered(
      agents.filter((agent) => agent !== first),
      customer,
    );
    await second.offerOf(customer).getByRole("button", { name: "Accept" }).click();
    await second.row(customer).waitFor();
  });
});
