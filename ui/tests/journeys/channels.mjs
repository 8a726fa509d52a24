// The same story on the other channels: an account is connected on its tab; on Instagram a person writes on the phone, the
// bot greets, an agent answers, and the phone shows it. The pictures of docs/connect-instagram.md and docs/connect-whatsapp.md are
// taken here.
import assert from "node:assert/strict";
import { APP, CUSTOMERS, INSTAGRAM, PAGES, SYSTEM_TOKEN, WHATSAPP } from "./harness/deskbell.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, Phone, createGateway, loginDialog, signIn } from "./harness/people.mjs";
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

/** Switches an account on in the dialog that follows a login. */
async function chooseIn(page, dialog, name) {
  const chooser = page.getByRole("dialog", { name: dialog });
  await chooser.getByRole("checkbox", { name }).check();
  await chooser.getByRole("button", { name: "Save choice" }).click();
  await chooser.waitFor({ state: "hidden" });
  const toggle = page.getByRole("switch", { name: `Webhook subscription for ${name}` });
  await until(`${name} is subscribed`, async () => (await toggle.getAttribute("aria-checked")) === "true");
}

/** The customer writes, the bot greets, an agent answers; both sides see it all. */
async function talk(t, { boss, admin, account, customer, channel }) {
  const phone = await Phone.open(t, account, customer);
  await t.step("a person writes on the phone, and the bot greets", async () => {
    await phone.write("Hello");
    await phone.page.locator("#log, #replies").getByText("Talk to an agent").first().waitFor();
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
    await chooseIn(admin.page, "Choose accounts", INSTAGRAM.lavka.name);
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
    await chooseIn(admin.page, "Choose accounts", INSTAGRAM.alone.name);
    await admin.page.getByText("by Instagram Login").waitFor();
    await t.look(admin, "instagram-login-connected");
  });
});

journey("WhatsApp with a token", {}, async (t) => {
  const { admin } = await onTab(t, "WhatsApp");
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
    await chooseIn(admin.page, "Choose numbers", WHATSAPP.lavka.name);
    await admin.page.getByRole("cell", { name: "High quality" }).waitFor();
    await t.look(admin, "whatsapp-connected");
    const state = await t.sandbox.control("GET", "/state");
    assert.ok(
      Object.keys(state.whatsapp[0].subscribed_apps).length > 0,
      "the business account is subscribed",
    );
  });
});
