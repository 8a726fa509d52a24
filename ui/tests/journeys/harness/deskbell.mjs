// A fresh Deskbell and a fresh sandbox for one journey: the real binary, an empty store, its own ports and folder.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, output, start, stop, until } from "./process.mjs";

export const APP = {
  id: "1000000000000001",
  secret: "0123456789abcdef0123456789abcdef",
  /** the same app for Instagram Login */
  instagram: { id: "1000000000000002", secret: "fedcba9876543210fedcba9876543210" },
};
export const PASSWORD = "correct horse battery";
const TRIES = 3;

const binary = () => {
  const path = process.env.DESKBELL_BINARY;
  if (!path) throw new Error("DESKBELL_BINARY does not name the binary: run `cargo xtask test journeys`.");
  return path;
};

/** Deskbell and sandbox, ready. `database` is "sqlite" or "postgres". */
export async function startDeskbell({ database, results }) {
  const folder = mkdtempSync(join(tmpdir(), "deskbell-journey-"));
  const storage = database === "postgres" ? freshDatabase() : null;
  const started = [];
  const drop = async () => {
    for (const program of started.reverse()) await stop(program);
    storage?.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const sandbox = await startSandbox(folder, results, started);
    // Nothing of the person's own settings, and no deskbell.toml of theirs.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("DESKBELL_")),
    );
    Object.assign(env, {
      DESKBELL_DATA_DIR: folder,
      DESKBELL_META_GRAPH_URL: sandbox.url,
      DESKBELL_META_DIALOG_URL: sandbox.url,
      DESKBELL_META_INSTAGRAM_GRAPH_URL: `${sandbox.url}/instagram-graph`,
      DESKBELL_META_INSTAGRAM_DIALOG_URL: `${sandbox.url}/instagram`,
      DESKBELL_META_MEDIA_HOSTS: new URL(sandbox.url).host,
      // Where the stand-in for a browser's push service listens.
      DESKBELL_WEBHOOK_HOSTS: "127.0.0.1",
      DESKBELL_SECRET_KEY: randomBytes(32).toString("base64"),
      ...(storage ? { DESKBELL_DATABASE_URL: storage.url } : {}),
    });
    const desk = new Deskbell(env, folder, results);
    await desk.serve(started);
    return { desk, sandbox, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** `deskbell demo`, as a newcomer types it: everything in one process, and a guide on the terminal; `empty` with nothing
 * connected. */
export async function startDemo({ results, empty }) {
  const folder = mkdtempSync(join(tmpdir(), "deskbell-journey-"));
  const started = [];
  const drop = async () => {
    for (const program of started.reverse()) await stop(program);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // A port that is taken in the last moment is no trouble here: the demo takes a free one and says so.
    const args = [
      "demo",
      "--data-dir",
      join(folder, "data"),
      "--listen",
      `127.0.0.1:${await freePort()}`,
      "--sandbox-listen",
      `127.0.0.1:${await freePort()}`,
      ...(empty ? ["--empty"] : []),
    ];
    const run = async (log) => {
      const server = start(binary(), args, { env: process.env, cwd: folder, log: join(results, log) });
      started.push(server);
      await until(
        "the demo is ready",
        () => server.ended || /Deskbell is ready: \S+/.test(server.printed),
        30_000,
      );
      if (server.ended)
        throw new Error(`The demo ${server.ended}. It said:\n${server.printed.slice(-2_000)}`);
      return server;
    };
    const server = await run("demo.log");
    const guide = server.printed;
    const told = (pattern) =>
      guide.match(pattern)?.[1] ?? assert.fail(`the guide does not tell ${pattern}:\n${guide}`);
    const desk = { url: told(/Deskbell is ready: (\S+)/), server, guide, told };
    /** Ends the demo and starts it again in the same folder, at the same addresses. */
    desk.restart = async () => {
      await stop(desk.server);
      desk.server = await run("demo-again.log");
    };
    return { desk, sandbox: new Sandbox(told(/(http:\S+)\/phone/)), drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

class Deskbell {
  constructor(env, folder, results) {
    this.env = env;
    this.folder = folder;
    this.results = results;
  }

  async serve(started) {
    this.started = started;
    for (let attempt = 1; ; attempt++) {
      const address = `127.0.0.1:${await freePort()}`;
      this.url = `http://${address}`;
      const env = { ...this.env, DESKBELL_LISTEN: address, DESKBELL_PUBLIC_URL: this.url };
      this.server = start(binary(), ["serve"], {
        env,
        cwd: this.folder,
        log: join(this.results, "deskbell.log"),
      });
      started.push(this.server);
      try {
        await ready(this.server, `${this.url}/readyz`);
        return;
      } catch (error) {
        if (attempt === TRIES || !/address.*in use/i.test(this.server.printed)) throw error;
      }
    }
  }

  /** Ends the server as a power cut does. */
  async kill() {
    this.server.child.kill("SIGKILL");
    await this.server.exit;
  }

  /** Starts it again at the address that it had. */
  async again() {
    const env = { ...this.env, DESKBELL_LISTEN: new URL(this.url).host, DESKBELL_PUBLIC_URL: this.url };
    this.server = start(binary(), ["serve"], {
      env,
      cwd: this.folder,
      log: join(this.results, "deskbell-again.log"),
    });
    this.started.push(this.server);
    await ready(this.server, `${this.url}/readyz`);
  }

  /** A person who may sign in with PASSWORD. */
  addUser({ email, name, role }) {
    const args = ["user", "add", "--email", email, "--name", name, "--role", role, "--password-stdin"];
    output(binary(), args, { env: this.env, cwd: this.folder, input: `${PASSWORD}\n` });
    return { email, name, role };
  }

  /** An API token of a person. */
  token(email) {
    return output(binary(), ["token", "create", "--user", email], { env: this.env, cwd: this.folder }).trim();
  }

  /** One API call with a token; fails unless it succeeds. */
  async call(token, method, path, body) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

async function startSandbox(folder, results, started) {
  const seed = join(folder, "seed.json");
  writeFileSync(seed, JSON.stringify(SEED));
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const args = ["sandbox", "--listen", `127.0.0.1:${port}`, "--seed", seed];
    const program = start(binary(), args, {
      env: process.env,
      cwd: folder,
      log: join(results, "sandbox.log"),
    });
    started.push(program);
    // Another host name than Deskbell's, so that the two are two sites to the browser, as in life.
    const url = `http://localhost:${port}`;
    try {
      await ready(program, `http://127.0.0.1:${port}/control`);
      return new Sandbox(url);
    } catch (error) {
      if (attempt === TRIES || !/address.*in use|cannot listen/i.test(program.printed)) throw error;
    }
  }
}

class Sandbox {
  constructor(url) {
    this.url = url;
  }

  /** What tests turn: GET /control lists it. */
  async control(method, path, body) {
    const answer = await fetch(`${this.url}/control${path}`, {
      method,
      headers: body ? { "content-type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok)
      throw new Error(`${method} /control${path} was answered ${answer.status}: ${json.error ?? ""}`);
    return json;
  }

  /** The address of a customer's phone. */
  phone(page, customer) {
    return `${this.url}/phone?page=${page.id}&customer=${customer.id}`;
  }
}

async function ready(program, url) {
  await until(
    `${url} answers`,
    async () => {
      if (program.ended) return true;
      return (await fetch(url)).ok;
    },
    30_000,
  );
  if (program.ended)
    throw new Error(`It ${program.ended} before it was ready. It said:\n${program.printed.slice(-2_000)}`);
}

/** A database of its own on the test server. */
function freshDatabase() {
  const server = process.env.DESKBELL_TEST_POSTGRES;
  const name = `journey_${randomUUID().replaceAll("-", "")}`;
  const sql = (text) =>
    output("psql", ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", text, server], {
      env: process.env,
    });
  sql(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

const EVERY_TASK = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"];
export const ANNA = "10210000000000001";

export const PAGES = {
  lavka: { id: "105500000000000001", name: "Lavka" },
  cafe: { id: "105500000000000002", name: "Second Cup" },
  museum: { id: "105500000000000003", name: "Old Town Museum" },
};
export const INSTAGRAM = {
  lavka: { id: "17841400000000001", username: "lavka.shop", name: "Lavka", channelName: "Instagram" },
  /** belongs to no Page */
  alone: {
    id: "17841400000000002",
    username: "lavka.sweets",
    name: "Lavka sweets",
    channelName: "Instagram",
  },
};
export const WHATSAPP = {
  lavka: { id: "106540000000001", phone: "+380 44 390 0101", name: "Lavka", channelName: "WhatsApp" },
};
/** of a system user who may use the WhatsApp account */
export const SYSTEM_TOKEN = "EAASandboxSystemUserToken00000000000000000000000000001";
export const CUSTOMERS = {
  olena: { id: "olena", name: "Olena Kovalenko" },
  ahmed: { id: "ahmed", name: "Ahmed الراشد" },
  li: { id: "li", name: "李 小龍" },
  maria: { id: "maria", name: "Maria Silva" },
};

const WABA = "102290000000001";
const account = ({ id, username, name }) => ({ id, username, name });
const TEMPLATES = [
  {
    name: "order_update",
    language: "en",
    category: "UTILITY",
    status: "APPROVED",
    components: [
      {
        type: "BODY",
        text: "Hello {{1}}, your order {{2}} is on its way.",
        example: { body_text: [["Olena", "1042"]] },
      },
      { type: "FOOTER", text: "Lavka, Kyiv" },
    ],
  },
  {
    name: "new_collection",
    language: "en",
    category: "MARKETING",
    components: [{ type: "BODY", text: "Our new collection is here." }],
  },
];

const SEED = {
  apps: [
    {
      id: APP.id,
      name: "Lavka Support",
      secret: APP.secret,
      roles: [ANNA],
      instagram_app_id: APP.instagram.id,
      instagram_app_secret: APP.instagram.secret,
    },
  ],
  people: [{ id: ANNA, name: "Anna Admin" }],
  pages: [
    { ...PAGES.lavka, category: "Grocery store", roles: { [ANNA]: EVERY_TASK } },
    { ...PAGES.cafe, category: "Coffee shop", roles: { [ANNA]: EVERY_TASK } },
    // No task MESSAGING: it is shown with the reason and can't be switched on.
    { ...PAGES.museum, category: "Museum", roles: { [ANNA]: ["ADVERTISE", "ANALYZE"] } },
  ],
  customers: [
    { id: "olena", first_name: "Olena", last_name: "Kovalenko" },
    { id: "ahmed", first_name: "Ahmed", last_name: "الراشد" },
    { id: "li", first_name: "李", last_name: "小龍" },
    { id: "maria", first_name: "Maria", last_name: "Silva" },
  ],
  instagram: [
    { ...account(INSTAGRAM.lavka), page_id: PAGES.lavka.id, followers: 1204 },
    { ...account(INSTAGRAM.alone), followers: 310 },
  ],
  whatsapp: [
    {
      id: WABA,
      name: "Lavka",
      business_id: "880000000000001",
      people: [ANNA],
      numbers: [
        {
          id: WHATSAPP.lavka.id,
          display_phone: WHATSAPP.lavka.phone,
          country_code: "380",
          verified_name: WHATSAPP.lavka.name,
          quality: "GREEN",
        },
      ],
      templates: TEMPLATES,
    },
  ],
  system_users: [
    {
      id: "122090000000001",
      name: "Deskbell system user",
      app_id: APP.id,
      token: SYSTEM_TOKEN,
      permissions: ["whatsapp_business_management", "whatsapp_business_messaging"],
      whatsapp: [WABA],
    },
  ],
};
