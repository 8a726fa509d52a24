// The same story on the other channels: an account is connected on its tab; on Instagram a person writes on the phone, the
// bot greets, an agent answers, and the phone shows it. The pictures of docs/connect-instagram.md and docs/connect-whatsapp.md are
// taken here.
import assert from "node:assert/strict";
import { APP, CUSTOMERS, INSTAGRAM, PAGES, SYSTEM_TOKEN, WHATSAPP } from "./harness/deskbell.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, Phone, createGateway, loginDialog, signIn, switchOn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

/** An administrator with a gateway whose addresses are entered at Meta, on one of its tabs. */
async function onTab(t, tab) {
  const { desk, sandbox } = t;
  const boss = desk.addUser({ email: "admin@example.org", name: "Anna Admin", role: "administrator" });
  const admin = await t.window("administrator");
  await signIn(admin, desk, boss);
  const uri = await createGateway(admin, desk, APP, "Lavka shop");
  await sandbox.control("POST", `/apps/${APP.id}`, {
    redirect_uris: [uri],
    deauthorize_callback_url: uri,
    data_deletion_url: `${uri}/data-deletion`,
  });
  await admin.page.getByRole("tab", { name: tab }).click();
  return { boss, admin };
}

/** The customer writes, the bot greets, an agent answers; both sides see it all. */
async function talk(t, { boss, admin, account, customer, channel }) {
  const phone = await Phone.open(t, account, customer);
  await t.step("a person writes on the phone, and the bot greets", async () => {
    await phone.write("Hello");
    await phone.choice("Talk to an agent").waitFor();
    await t.look(phone.window, `${channel}-phone-greeting`, { accessible: false });
  });
  const agent = new Agent(await t.window("agent"), boss);
  await t.step("on request an agent is offered the conversation, and sees its channel", async () => {
    await signIn(agent.window, t.desk, boss);
    await agent.goOnline(t.desk);
    await phone.choose("Talk to an agent");
    await agent.offerOf(customer).getByRole("button", { name: "Accept" }).click();
    await agent.open(customer);
    await agent.page.getByText(account.channelName, { exact: false }).first().waitFor();
  });
  await t.step("both write, and each sees the other's words", async () => {
    await phone.write("Is my order on its way?");
    await agent.sees("Is my order on its way?");
    await agent.write("It left this morning.");
    await phone.sees("It left this morning.");
    await t.look(agent.window, `${channel}-thread`);
    await t.look(phone.window, `${channel}-phone-thread`, { accessible: false });
  });
  await t.step("Health and Deliveries name the account and its channel", async () => {
    await admin.page.getByRole("tab", { name: "Health" }).click();
    await admin.page.getByRole("heading", { name: "Accounts" }).waitFor();
    await admin.page.getByText(account.channelName).first().waitFor();
    await admin.page.getByRole("link", { name: "Deliveries" }).first().click();
    await admin.page.getByRole("cell", { name: account.channelName }).first().waitFor();
    await t.look(admin, `${channel}-deliveries`);
  });
}

/** Templates are read from Meta; one reopens a conversation whose window has closed, another begins one. */
async function templates(t, { boss, admin }) {
  const { desk, sandbox } = t;
  const number = WHATSAPP.lavka;
  await t.step("the number's templates are read from Meta, with what they cost", async () => {
    const { page } = admin;
    await page.getByRole("button", { name: "Sync with Meta" }).click();
    const row = page.getByRole("row", { name: /order_update/ });
    await row.getByRole("cell", { name: "Utility" }).waitFor();
    await row.getByRole("cell", { name: "Approved", exact: true }).waitFor();
    await page.getByRole("button", { name: "order_update" }).click();
    const dialog = page.getByRole("dialog", { name: "order_update" });
    await dialog.getByText("utility rate").waitFor();
    await dialog.getByLabel("Variable 1").fill("Olena");
    await dialog.getByText("Hello Olena, your order {{2}} is on its way.").waitFor();
    await t.look(admin, "whatsapp-template");
    await dialog.getByRole("button", { name: "Close" }).last().click();
  });
  const agent = new Agent(await t.window("agent"), boss);
  const phone = await Phone.open(t, number, CUSTOMERS.olena);
  const thread = `/accounts/${number.id}/customers/${CUSTOMERS.olena.id}`;
  const token = desk.token(boss.email);
  const conversations = async () =>
    (await desk.call(token, "GET", "/conversations?limit=50")).items.filter(
      (it) => it.channel === "whatsapp",
    );
  await t.step(
    "a message that is a day old arrives: its window has closed, and only a template is offered",
    async () => {
      await sandbox.control("POST", `${thread}/messages`, {
        text: "Is my order on its way?",
        age_seconds: 25 * 3600,
      });
      const [late] = await until("the conversation is here", async () => {
        const found = await conversations();
        return found.length > 0 && found;
      });
      await signIn(agent.window, desk, boss);
      await agent.goOnline(desk);
      // The bot may not ask outside the window, so an agent gets the customer.
      await agent.page.goto(`${desk.url}/workspace`);
      await agent.page.getByRole("button", { name: "Accept" }).first().click();
      await agent.page.goto(`${desk.url}/workspace/${late.id}`);
      await agent.page.getByText("only a template can be sent").waitFor();
      await t.look(agent.window, "whatsapp-window-closed");
    },
  );
  await t.step(
    "the agent finds the template, fills it in with the keyboard, and the phone shows it",
    async () => {
      const { page } = agent;
      await page.getByRole("button", { name: "Send a template" }).click();
      const dialog = page.getByRole("dialog", { name: "Send a template" });
      await dialog.getByRole("option", { name: /order_update/ }).waitFor();
      await page.keyboard.type("order");
      await page.keyboard.press("Enter");
      await dialog.getByLabel("Variable 1").waitFor();
      await page.keyboard.type("Olena");
      await page.keyboard.press("Tab");
      await page.keyboard.type("1042");
      await t.look(agent.window, "whatsapp-template-form");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await agent.sees("Hello Olena, your order 1042 is on its way.");
      await phone.sees("Hello Olena, your order 1042 is on its way.");
      await t.look(agent.window, "whatsapp-template-sent");
      await t.look(phone.window, "whatsapp-phone-template", { accessible: false });
    },
  );
  await t.step("the customer answers, and words can be sent again", async () => {
    await phone.write("Thank you");
    await agent.sees("Thank you");
    await agent.write("You are welcome.");
    await phone.sees("You are welcome.");
  });
  await t.step("who opted out gets no marketing, and the agent reads why before sending", async () => {
    await sandbox.control("POST", `${thread}/marketing`, { wanted: false });
    await agent.page.getByText(/^Opted out/).waitFor();
    await agent.page.getByRole("button", { name: "Send a template" }).click();
    const dialog = agent.page.getByRole("dialog", { name: "Send a template" });
    await dialog.getByText("opted out of marketing messages").waitFor();
    await t.look(agent.window, "whatsapp-opted-out");
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });
  await t.step(
    "a conversation is begun from our side; a number without its country is refused at its field",
    async () => {
      const { page } = agent;
      await page.keyboard.press("Control+k");
      await page.getByRole("option", { name: "New conversation" }).click();
      const dialog = page.getByRole("dialog", { name: "New conversation" });
      agent.window.expected.push(/status of 422 .*\/conversations/);
      await dialog.getByLabel("To").fill("067 123 45 67");
      await dialog.getByRole("option", { name: /order_update/ }).click();
      await dialog.getByLabel("Variable 1").fill("Maria");
      await dialog.getByLabel("Variable 2").fill("1043");
      await dialog.getByRole("button", { name: "Start conversation" }).click();
      await dialog.getByText("Write the phone number with its country").waitFor();
      await t.look(agent.window, "whatsapp-begin");
      const { phone: maria } = await sandbox.control(
        "POST",
        `/accounts/${number.id}/customers/maria/number`,
        {
          phone: "+380671234567",
        },
      );
      await dialog.getByLabel("To").fill(`+${maria.replace(/\D/g, "")}`);
      await dialog.getByRole("button", { name: "Start conversation" }).click();
      await dialog.waitFor({ state: "detached" });
      await agent.sees("Hello Maria, your order 1043 is on its way.");
      const other = await Phone.open(t, number, CUSTOMERS.maria);
      await other.sees("Hello Maria, your order 1043 is on its way.");
      await t.look(agent.window, "whatsapp-begun");
    },
  );
}

journey("Instagram through a Page", {}, async (t) => {
  const { boss, admin } = await onTab(t, "Instagram");
  await t.step("the tab says what is needed, and which ways there are", async () => {
    await admin.page.getByRole("heading", { name: "Answer Instagram messages here" }).waitFor();
    await t.look(admin, "instagram-ways");
  });
  await t.step("Anna logs in with Facebook, and her Page's Instagram account is there", async () => {
    const opened = admin.page.waitForEvent("popup");
    await admin.page.getByRole("button", { name: "Connect through Facebook" }).click();
    await loginDialog(await opened, { person: "Anna Admin", pages: [PAGES.lavka.name] });
    const chooser = admin.page.getByRole("dialog", { name: "Choose accounts" });
    await chooser.getByText(`@${INSTAGRAM.lavka.username}`).waitFor();
    await t.look(admin, "instagram-choose");
  });
  await t.step("she switches its messages on", async () => {
    await switchOn(admin, "Choose accounts", INSTAGRAM.lavka.name);
    await t.look(admin, "instagram-connected");
  });
  await talk(t, { boss, admin, account: INSTAGRAM.lavka, customer: CUSTOMERS.olena, channel: "instagram" });
});

journey("Instagram Login", {}, async (t) => {
  const { admin } = await onTab(t, "Instagram");
  await t.step("Instagram Login gets an app ID and a secret of its own", async () => {
    await admin.page.getByRole("button", { name: "Set up Instagram Login" }).click();
    const dialog = admin.page.getByRole("dialog", { name: "Set up Instagram Login" });
    await dialog.getByLabel("Instagram app ID").fill(APP.instagram.id);
    await dialog.getByLabel("Instagram app secret").fill(APP.instagram.secret);
    await t.look(admin, "instagram-app");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
  });
  await t.step("the account logs in as itself, and its messages are switched on", async () => {
    const opened = admin.page.waitForEvent("popup");
    await admin.page.getByRole("button", { name: "Log in with Instagram" }).click();
    const popup = await opened;
    await popup.getByRole("button", { name: INSTAGRAM.alone.username }).click();
    const closed = popup.waitForEvent("close").catch(() => {});
    await popup.getByRole("heading", { name: /may do/ }).waitFor();
    await popup.getByRole("button", { name: /Continue|Allow/ }).click();
    await closed;
    await switchOn(admin, "Choose accounts", INSTAGRAM.alone.name);
    await admin.page.getByText("by Instagram Login").waitFor();
    await t.look(admin, "instagram-login-connected");
  });
});

journey("WhatsApp with a token", {}, async (t) => {
  const { boss, admin } = await onTab(t, "WhatsApp");
  await t.step("the tab says what is needed, and which ways there are", async () => {
    await admin.page.getByRole("heading", { name: "Answer WhatsApp messages here" }).waitFor();
    await t.look(admin, "whatsapp-ways");
  });
  await t.step("a wrong token is refused in words", async () => {
    await admin.page.getByRole("button", { name: "Paste a token" }).click();
    const dialog = admin.page.getByRole("dialog", { name: "Connect with a system user’s token" });
    admin.expected.push(/status of 422 .*\/connect/);
    await dialog.getByLabel("Token").fill("EAAwrong");
    await dialog.getByRole("button", { name: "Connect numbers" }).click();
    await dialog
      .getByText(/Meta does not accept this token|not of this gateway’s app|token is not of/)
      .waitFor();
  });
  await t.step("with a system user's token the numbers are there, and one is switched on", async () => {
    const dialog = admin.page.getByRole("dialog", { name: "Connect with a system user’s token" });
    await dialog.getByLabel("Token").fill(SYSTEM_TOKEN);
    await t.look(admin, "whatsapp-token");
    await dialog.getByRole("button", { name: "Connect numbers" }).click();
    await switchOn(admin, "Choose numbers", WHATSAPP.lavka.name);
    await admin.page.getByRole("cell", { name: "High quality" }).waitFor();
    await t.look(admin, "whatsapp-connected");
    const state = await t.sandbox.control("GET", "/state");
    assert.ok(
      Object.keys(state.whatsapp[0].subscribed_apps).length > 0,
      "the business account is subscribed",
    );
  });
  await templates(t, { boss, admin });
});
