// Deskbell with a Page, and its customers, in a second and without a window: for journeys that are about the agents.
import { ANNA, APP, PAGES } from "./deskbell.mjs";
import { until } from "./process.mjs";

/** An administrator connects the Page "Lavka" through the API. Answers how to make further calls as this administrator. */
export async function connectLavka({ desk, sandbox }) {
  const boss = desk.addUser({ email: "admin@example.org", name: "Anna Admin", role: "administrator" });
  const token = desk.token(boss.email);
  const call = (method, path, body) => desk.call(token, method, path, body);
  const app = { app_id: APP.id, app_secret: APP.secret };
  const gateway = await call("POST", "/gateways", { kind: "meta", name: "Messenger", ...app });
  await sandbox.control("POST", `/apps/${APP.id}`, { redirect_uris: [gateway.webhook_url] });
  const { url } = await call("POST", `/gateways/${gateway.id}/connect`);
  const login = { url, person_id: ANNA, page_ids: [PAGES.lavka.id] };
  const { location } = await sandbox.control("POST", "/log-in", login);
  await fetch(location);
  await call("PATCH", `/gateways/${gateway.id}/pages/${PAGES.lavka.id}`, { subscribed: true });
  return call;
}

/** Changes the queue in which every customer waits. */
export async function changeQueue(call, change) {
  const { items } = await call("GET", "/queues");
  await call("PATCH", `/queues/${items[0].id}`, change);
}

/** A customer of Lavka, who taps and reads as on a phone. */
export class Customer {
  constructor(sandbox, { id, name }) {
    Object.assign(this, { sandbox, id, name });
    this.path = `/pages/${PAGES.lavka.id}/customers/${id}/messages`;
  }

  async write(text, more = {}) {
    await this.sandbox.control("POST", this.path, { text, ...more });
  }

  /** Greets, and chooses an agent from what the bot offers. */
  async askForAgent() {
    await this.write("Hello");
    const choice = await until(`the bot answers ${this.name}`, async () =>
      (await this.thread())
        .flatMap((message) => message.quick_replies ?? [])
        .find(({ title }) => title === "Talk to an agent"),
    );
    await this.write(choice.title, { quick_reply_payload: choice.payload });
  }

  /** Waits for these words of the Page's; answers how often they came. */
  async gets(words) {
    const told = async () =>
      (await this.thread()).filter((message) => message.direction === "out" && message.text?.includes(words))
        .length;
    return until(`${this.name} gets “${words}”`, told);
  }

  async thread() {
    return (await this.sandbox.control("GET", this.path)).messages;
  }
}
