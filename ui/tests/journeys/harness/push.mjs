// A stand-in for the push service of a browser's maker, which no browser without Google's keys can reach: Deskbell sends to
// it as to a real one, it decrypts as a browser does (RFC 8291), and the browser's own service worker gets the words.
import assert from "node:assert/strict";
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { until } from "./process.mjs";

export class PushService {
  static async open() {
    const service = new PushService();
    service.ecdh = createECDH("prime256v1");
    service.point = service.ecdh.generateKeys();
    service.auth = randomBytes(16);
    service.pushes = [];
    service.server = createServer(async (request, answer) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      service.pushes.push({ headers: request.headers, text: service.decrypt(Buffer.concat(chunks)) });
      answer.writeHead(201).end();
    });
    await new Promise((resolve) => service.server.listen(0, "127.0.0.1", resolve));
    service.endpoint = `http://127.0.0.1:${service.server.address().port}/a-browser`;
    return service;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The one record: salt, size, the sender's point, and the words with a mark at their end. */
  decrypt(body) {
    const [salt, point, sealed] = [body.subarray(0, 16), body.subarray(21, 86), body.subarray(86)];
    const derive = (secret, salted, info, length) =>
      Buffer.from(hkdfSync("sha256", secret, salted, Buffer.concat(info), length));
    const shared = this.ecdh.computeSecret(point);
    const secret = derive(shared, this.auth, [Buffer.from("WebPush: info\0"), this.point, point], 32);
    const key = derive(secret, salt, [Buffer.from("Content-Encoding: aes128gcm\0")], 16);
    const nonce = derive(secret, salt, [Buffer.from("Content-Encoding: nonce\0")], 12);
    const cipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(sealed.subarray(-16));
    const record = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
    return record.subarray(0, record.lastIndexOf(2)).toString();
  }

  /** A browser whose subscriptions lead here; notifications are allowed. */
  async equip({ context }, origin) {
    await context.grantPermissions(["notifications"], { origin });
    const [p256dh, auth] = [this.point, this.auth].map((bytes) => bytes.toString("base64url"));
    await context.addInitScript(
      ([endpoint, keys]) => {
        const subscription = (applicationServerKey) => ({
          endpoint,
          options: { applicationServerKey },
          toJSON: () => ({ endpoint, expirationTime: null, keys }),
          unsubscribe: async () => localStorage.removeItem("stand-in") ?? true,
        });
        PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
          localStorage.setItem("stand-in", key);
          return subscription(null);
        };
        PushManager.prototype.getSubscription = async () =>
          localStorage.getItem("stand-in") ? subscription(null) : null;
      },
      [this.endpoint, { p256dh, auth }],
    );
  }

  /** The next push that tells of `kind`, as it was sent. */
  async next(kind, patience) {
    const push = await until(
      `a push of the kind “${kind}” (of ${this.pushes.length})`,
      () => this.pushes.find(({ text }) => JSON.parse(text).kind === kind),
      patience,
    );
    this.pushes = this.pushes.filter((other) => other !== push);
    const { authorization, "content-encoding": encoding, ttl } = push.headers;
    assert.match(authorization, /^vapid t=[\w-]+\.[\w-]+\.[\w-]+, ?k=[\w-]+$/);
    assert.equal(encoding, "aes128gcm");
    assert.ok(Number(ttl) > 0, `a push of the past: ${ttl}`);
    return push.text;
  }
}

/** The service worker of a phone, and what its notifications show. */
export class Worker {
  static async of({ page, context }, url) {
    const worker = new Worker();
    worker.origin = new URL(url).origin;
    worker.inside = await until("the service worker runs", () => context.serviceWorkers()[0]);
    worker.devtools = await context.newCDPSession(page);
    worker.devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      worker.registration = registrations.at(-1)?.registrationId ?? worker.registration;
    });
    await worker.devtools.send("ServiceWorker.enable");
    await until("the service worker is registered", () => worker.registration);
    return worker;
  }

  /** The push arrives, as the browser hands it over. */
  async get(data) {
    const { origin, registration: registrationId } = this;
    await this.devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  }

  shown() {
    return this.inside.evaluate(async () =>
      (await self.registration.getNotifications()).map(({ title, body }) => `${title}: ${body}`),
    );
  }

  /** A tap on the notification that says this. Only a finger may bring a page to the front, so that is left out. */
  async tap(words) {
    await this.inside.evaluate(async (wanted) => {
      const all = await self.registration.getNotifications();
      const notification = all.find(({ title, body }) => `${title}: ${body}` === wanted);
      const event = new NotificationEvent("notificationclick", { notification });
      let done;
      Object.defineProperty(event, "waitUntil", { value: (promise) => (done = promise) });
      self.dispatchEvent(event);
      await done.catch((error) => {
        if (error.name !== "InvalidAccessError") throw error;
      });
    }, words);
  }
}
