// What people do, in the words of what they see: sign in, go through Meta's login, write from a phone.
import { PASSWORD } from "./deskbell.mjs";
import { until } from "./process.mjs";

export async function signIn({ page }, desk, user) {
  await page.goto(`${desk.url}/sign-in`);
  await page.getByLabel("E-mail").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill(user.password ?? PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** Meta's dialog in its popup: who I am, which Pages, what the app may do. It closes itself at the end. */
export async function loginDialog(popup, { person, pages, look }) {
  await popup.getByRole("button", { name: person }).click();
  await popup.getByRole("heading", { name: /Choose the Pages/ }).waitFor();
  for (const box of await popup.locator("input[name=page]").all()) {
    await box.setChecked(pages.includes(await box.getAttribute("aria-label")));
  }
  await look?.();
  await popup.getByRole("button", { name: "Continue" }).click();
  await popup.getByRole("heading", { name: /may do/ }).waitFor();
  const closed = popup.waitForEvent("close").catch(() => {});
  await popup.getByRole("button", { name: "Continue" }).click();
  return closed;
}

/** Creates a gateway for an app on the page of Chat gateways, and answers its URI. */
export async function createGateway({ page }, desk, app, name = "Messenger") {
  await page.goto(`${desk.url}/admin/gateways?new=1`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("App ID").fill(app.id);
  await page.getByLabel("App Secret").first().fill(app.secret);
  await page
    .getByRole("button", { name: /^(save|create|add)/i })
    .first()
    .click();
  return until("the URI is on the page", () => uriOn(page, desk.url));
}

/** The gateway's URI as the page shows it, in a text or in a field. */
export async function uriOn(page, url) {
  const texts = await page.evaluate(() => [
    document.body.innerText,
    ...[...document.querySelectorAll("input")].map((input) => input.value),
  ]);
  return texts.join("\n").match(new RegExp(`${url.replaceAll(".", "\\.")}/chat/[A-Za-z0-9_-]+`))?.[0];
}

/** Connects Pages of a person through Meta's login, where Set-up asks for it, and turns their messages on. */
export async function connectPages({ page }, { person, pages }) {
  const opened = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Add or remove pages" }).click();
  await loginDialog(await opened, { person, pages });
  const chooser = page.getByRole("dialog", { name: "Choose pages" });
  for (const name of pages) await chooser.getByRole("checkbox", { name }).check();
  await chooser.getByRole("button", { name: "Save choice" }).click();
  await chooser.waitFor({ state: "hidden" });
  await page.getByText("Meta verified the webhook").waitFor();
}

/** Switches an account on in the dialog that follows a login. */
export async function switchOn({ page }, dialog, name) {
  const chooser = page.getByRole("dialog", { name: dialog });
  await chooser.getByRole("checkbox", { name }).check();
  await chooser.getByRole("button", { name: "Save choice" }).click();
  await chooser.waitFor({ state: "hidden" });
  const toggle = page.getByRole("switch", { name: `Webhook subscription for ${name}` });
  await until(`${name} is subscribed`, async () => (await toggle.getAttribute("aria-checked")) === "true");
}

/** A customer's phone. */
export class Phone {
  constructor(window) {
    this.window = window;
    this.page = window.page;
    this.log = this.page.getByRole("log", { name: "Messages" });
  }

  static async open(teller, page, customer) {
    const window = await teller.window(`phone of ${customer.name}`, { width: 390, height: 844, phone: true });
    await window.page.goto(teller.sandbox.phone(page, customer));
    await window.page.getByRole("heading", { name: page.name }).waitFor();
    return new Phone(window);
  }

  async write(text) {
    await this.page.getByRole("textbox", { name: "Message" }).fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
    await this.sees(text);
  }

  /** One of the choices that the bot sent last: below the messages, on WhatsApp in the message. */
  choice(title) {
    return this.page.locator("#replies, #log").getByRole("button", { name: title }).last();
  }

  /** Taps it. */
  async choose(title) {
    await this.choice(title).click();
  }

  async sees(text) {
    await this.log.getByText(text).last().waitFor();
  }
}

/** An agent in Workspace. */
export class Agent {
  constructor(window, user) {
    this.window = window;
    this.page = window.page;
    this.user = user;
    this.switch = this.page.getByRole("switch", { name: "Call Center" });
  }

  async goOnline(desk) {
    await this.page.goto(`${desk.url}/workspace`);
    await this.turnOn();
  }

  async turnOn() {
    await this.switch.click();
    await this.page.getByText("Online", { exact: true }).first().waitFor();
  }

  /** The offer of a customer, if this agent has it now. */
  offerOf(customer) {
    return this.page.getByRole("region", { name: `Offer from ${customer.name}` });
  }

  /** The row of a conversation in the lists. */
  row(customer) {
    return this.page
      .getByRole("link", { name: customer.name })
      .or(this.page.getByRole("option", { name: customer.name }))
      .first();
  }

  async open(customer) {
    await this.row(customer).click();
    await this.page.getByRole("heading", { name: customer.name }).first().waitFor();
  }

  async write(text) {
    await this.page.getByRole("textbox", { name: "Message" }).fill(text);
    await this.page.getByRole("button", { name: "Send", exact: true }).click();
    await this.sees(text);
  }

  thread(customer) {
    return this.page.getByRole("log", {
      name: customer ? `Messages with ${customer.name}` : /^Messages with/,
    });
  }

  async sees(text) {
    await this.thread().getByText(text).last().waitFor();
  }

  async close() {
    await this.page.getByRole("button", { name: "Close conversation" }).first().click();
    const dialog = this.page.getByRole("dialog").or(this.page.getByRole("alertdialog"));
    await dialog.getByRole("button", { name: "Close conversation" }).click();
    await dialog.waitFor({ state: "detached" });
  }
}

/** Waits for whichever agent is offered the customer, and answers that agent. */
export async function whoIsOffered(agents, customer) {
  const found = agents.map(async (agent) => {
    await agent.offerOf(customer).waitFor({ timeout: 30_000 });
    return agent;
  });
  return Promise.any(found).catch(() => {
    throw new Error(`Nobody was offered ${customer.name} within 30 s.`);
  });
}
