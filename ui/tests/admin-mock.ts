// The administrators' part of the stand-in server: enough to photograph every page of Admin and to walk
// through connecting, saving, stale versions and refusals.
import type { Checklist, SendingAccount } from "../src/api/models";
import { instagramAccounts, whatsappNumbers } from "./fixtures/accounts";
import * as sample from "./fixtures/admin";
import { FlowsMock } from "./flows-mock";
import { campaigns, recipients } from "./fixtures/campaigns";
import { templates } from "./fixtures/templates";
import {
  agents,
  calendars,
  closeReasons,
  forms,
  macros,
  pauseCauses,
  queues,
  quickReplies,
  roles,
  skills,
  teams,
} from "./fixtures/people";

type Reply = { status: number; body: unknown } | null;
type Row = { id: string; version?: number };

export class AdminMock {
  checklist: Checklist = {
    items: (["gateway", "page", "agent", "message"] as const).map((key) => ({ key, done: true })),
  };
  gateways;
  pages;
  /** Instagram accounts and WhatsApp numbers */
  accounts;
  /** message templates of WhatsApp */
  templates;
  health;
  flows;
  deliveries;
  tokens;
  sessions;
  webhooks;
  users;
  agents;
  calendars;
  teams;
  skills;
  queues;
  closeReasons;
  forms;
  macros;
  roles;
  causes;
  replies;
  campaigns;
  attempt: { state: "pending" | "done" | "failed"; message: string } = { state: "pending", message: "" };
  /** the next switching-on is refused with this body */
  refusal: Record<string, unknown> | null = null;
  readonly flowsMock;
  private made = 0;

  constructor(moved: <T>(value: T) => T) {
    this.gateways = moved(sample.gateways);
    this.pages = moved(sample.pages);
    this.accounts = moved([...instagramAccounts, ...whatsappNumbers]);
    this.templates = moved(templates);
    this.health = moved(sample.health);
    this.flows = moved(sample.flows);
    this.flowsMock = new FlowsMock(this.flows);
    this.deliveries = moved(sample.deliveries);
    this.tokens = moved(sample.tokens);
    this.sessions = moved(sample.sessions);
    this.webhooks = moved(sample.webhooks);
    this.users = moved(sample.users);
    this.agents = moved(agents);
    this.calendars = moved(calendars);
    this.teams = moved(teams);
    this.skills = moved(skills);
    this.queues = moved(queues);
    this.closeReasons = moved(closeReasons);
    this.forms = moved(forms);
    this.macros = moved(macros);
    this.roles = moved(roles);
    this.causes = moved(pauseCauses);
    this.replies = moved(quickReplies);
    this.campaigns = moved(campaigns);
  }

  /** null: not ours */
  answer(method: string, path: string, url: URL, body: unknown): Reply {
    const [noun, id, verb, sub] = path.split("/").filter(Boolean);
    const given = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
    if (noun === "checklist") return ok(this.checklist);
    if (noun === "campaigns") return this.campaign(method, id, verb, url, given);
    if (noun === "gateways") return this.gateway(method, id, path.split("/").filter(Boolean), url, given);
    if (noun === "flow-secrets") return ok({ names: ["SHOP_KEY"] });
    if (noun === "flow-schema") return ok({});
    if (noun === "flows") {
      const reply = this.flowsMock.answer(method, id, verb, sub, url, given);
      if (reply) return reply;
      if (method === "POST" && !id) return this.rows(this.flows, method, id, given, { ...this.flows[1] });
      return this.rows(this.flows, method === "PUT" ? "PATCH" : method, id, given);
    }
    if (noun === "deliveries") return this.delivery(id, verb, url);
    if (noun === "users" && verb === "tokens") return this.rows(this.tokens, method, sub, given);
    if (noun === "users" && verb === "sessions") {
      if (method === "DELETE" && !sub) this.sessions = this.sessions.filter((session) => session.current);
      return this.rows(this.sessions, method === "DELETE" && !sub ? "GET" : method, sub, given);
    }
    if (noun === "users" && verb) return this.rows(this.users, "PATCH", id, { active: verb === "activate" });
    if (noun === "users")
      return this.rows(
        this.users,
        method,
        id,
        { ...given, created_at: new Date().toISOString() },
        { active: true, agent: false },
      );
    if (noun === "agents" && verb === "status")
      return this.rows(this.agents, "PATCH", id, {
        ...given,
        since: new Date().toISOString(),
        reason: "supervisor",
        by: null,
      });
    if (noun === "agents") return this.rows(this.agents, method, id, given);
    if (noun === "calendars" && verb === "open")
      return ok({ open: true, opens_at: null, closes_at: new Date(Date.now() + 3_600_000).toISOString() });
    if (noun === "calendars") return this.rows(this.calendars, method, id, given, this.calendars[0]);
    if (noun === "teams") return this.rows(this.teams, method, id, given);
    if (noun === "skills") return this.rows(this.skills, method, id, given);
    if (noun === "queues")
      return this.rows(this.queues, method, id, given, { ...this.queues[0], waiting: 0, online_agents: 0 });
    if (noun === "close-reasons") return this.rows(this.closeReasons, method, id, given);
    if (noun === "macros") return this.rows(this.macros, method, id, given);
    if (noun === "roles") return this.rows(this.roles, method, id, given);
    if (path === "/contacts/import" || path === "/quick-replies/import")
      return ok({ rows: 3, created: 2, updated: 1, refused: [] });
    if (noun === "forms") return this.rows(this.forms, method, id, given);
    if (noun === "pause-causes") return this.rows(this.causes, method, id, given);
    if (noun === "quick-replies") return this.rows(this.replies, method, id, given);
    if (noun === "webhooks") {
      if (verb === "test") return ok({ ok: true, status: 200, message: "It took the test (status 200)." });
      return this.rows(this.webhooks, method, id, given, {
        ...this.webhooks[0]!,
        state: "new",
        delivered: 0,
        failed: 0,
        ...(method === "POST" ? { secret: "whs_9Xk2mPq7Lr4TzVb8" } : {}),
      });
    }
    if (noun === "tokens")
      return this.rows(this.tokens, method, id, given, {
        created_at: new Date().toISOString(),
        last_used_at: null,
        ...(method === "POST" ? { token: "dbk_4fJ2kLq8ZrT1mNvX7sWb3YcHd9Pg6Ae0" } : {}),
      });
    return null;
  }

  private campaign(
    method: string,
    id: string | undefined,
    verb: string | undefined,
    url: URL,
    given: Record<string, unknown>,
  ): Reply {
    if (method === "POST" && !id) {
      const list = given.recipients as unknown[];
      const made = { ...this.campaigns[1]!, name: String(given.name), id: "k3", recipients: list.length };
      this.campaigns.unshift(made);
      return { status: 201, body: made };
    }
    if (!id) return ok({ items: this.campaigns, next: null });
    const found = this.campaigns.find((campaign) => campaign.id === id);
    if (!found) return refuse(404, "There is no such campaign.", {});
    if (verb === "recipients") {
      const state = url.searchParams.get("state");
      return ok({ items: recipients.filter((it) => !state || it.state === state), next: null });
    }
    if (verb === "pause" || verb === "resume" || verb === "cancel") {
      found.state = ({ pause: "paused", resume: "running", cancel: "cancelled" } as const)[verb];
      found.pause = null;
    }
    return ok(found);
  }

  /** by which agents begin conversations */
  senders(): SendingAccount[] {
    return this.accounts
      .filter((one) => one.channel === "whatsapp" && one.subscribed)
      .map(({ id, name, phone, picture_url }) => ({
        id,
        name,
        phone,
        picture_url,
        channel: "whatsapp",
        gateway_id: "g1",
      }));
  }

  private rows<T extends Row>(
    list: T[],
    method: string,
    id: string | undefined,
    given: Record<string, unknown>,
    defaults: object = {},
  ): Reply {
    if (method === "GET" && !id) return ok({ items: list, next: null });
    if (method === "POST" && !id) {
      if (given.name === "")
        return refuse(422, "The name is empty.", {
          errors: [{ pointer: "/name", detail: "The name is empty." }],
        });
      this.made += 1;
      const made = { ...defaults, ...given, id: `new${this.made}`, version: 1 } as unknown as T;
      list.push(made);
      return { status: 201, body: made };
    }
    const at = list.findIndex((row) => row.id === id);
    const known = list[at];
    if (!known) return refuse(404, "There is no such thing.");
    if (method === "DELETE") {
      list.splice(at, 1);
      return { status: 204, body: null };
    }
    if (method === "GET") return ok(known);
    if (given.version !== undefined && given.version !== known.version)
      return refuse(409, "Someone else changed this.", { current: known });
    list[at] = { ...known, ...given, version: (known.version ?? 0) + 1 };
    return ok(list[at]);
  }

  private gateway(
    method: string,
    id: string | undefined,
    [, , verb, sub, act]: string[],
    url: URL,
    given: Record<string, unknown>,
  ): Reply {
    if (!verb) {
      if (method === "POST" && !/^\d+$/.test(String(given.app_id)))
        return refuse(422, "The App ID is a number.", {
          errors: [
            { pointer: "/app_id", detail: "The App ID is a number; you find it in App settings, Basic." },
          ],
        });
      const { app_secret: _secret, instagram_app_secret: _other, ...rest } = given;
      return this.rows(this.gateways, method, id, rest, {
        ...this.gateways[1],
        flow_id: "f1",
        api_version: "v25.0",
      });
    }
    if (verb === "health")
      return ok(
        id === "g1" ? { ...this.health, ok: true, findings: [], signature_failures: 0 } : this.health,
      );
    if (verb === "connect" && given.token)
      return given.token === "wrong"
        ? refuse(422, "Meta does not accept this token.", {
            errors: [
              {
                pointer: "/token",
                detail: "Meta does not accept this token: it has expired or was revoked.",
              },
            ],
          })
        : { status: 201, body: { accounts: this.accounts.filter((one) => one.channel === "whatsapp") } };
    if (verb === "connect")
      return sub
        ? ok(this.attempt)
        : ok({
            url: "http://localhost:8090/dialog/oauth",
            attempt_id: "at1",
            expires_at: new Date(Date.now() + 600_000).toISOString(),
          });
    if (sub === "refresh") return ok({ items: this.pages, next: null });
    if (method === "PATCH" && given.subscribed === true && this.refusal && !given.replace) {
      const extra = this.refusal;
      this.refusal = null;
      return refuse(409, "Meta does not let Deskbell set the webhook by itself.", extra);
    }
    if (verb === "whatsapp") {
      const status = url.searchParams.get("status");
      const known = id === "g2" ? [] : this.templates;
      return ok({ items: known.filter((one) => !status || one.status === status), next: null });
    }
    if (verb === "accounts") return this.account(method, id, sub, act, url, given);
    return this.rows(this.pages, method, sub, given);
  }

  private account(
    method: string,
    gateway: string | undefined,
    id: string | undefined,
    act: string | undefined,
    url: URL,
    given: Record<string, unknown>,
  ): Reply {
    const channel = url.searchParams.get("channel");
    if (!id) {
      const items = this.accounts.filter((one) => gateway !== "g2" && (!channel || one.channel === channel));
      return ok({ items, next: null });
    }
    const known = this.accounts.find((one) => one.id === id);
    if (act === "register" && known) {
      if (given.pin !== "123456")
        return refuse(422, "A PIN has six digits.", {
          errors: [{ pointer: "/pin", detail: "This is not the number’s PIN." }],
        });
      return this.rows(this.accounts, "PATCH", id, {
        usable: true,
        problem: null,
        details: { ...known.details, platform: "CLOUD_API", status: "CONNECTED" },
        health: { ok: true, message: "Works." },
      });
    }
    if (act) return ok(known);
    return this.rows(this.accounts, method, id, given);
  }

  private delivery(id: string | undefined, verb: string | undefined, url: URL): Reply {
    if (!id) {
      const state = url.searchParams.get("state");
      return ok({
        items: this.deliveries.filter(
          (d) =>
            (!state || d.state === state) &&
            (!url.searchParams.get("gateway") || d.gateway_id === url.searchParams.get("gateway")),
        ),
        next: null,
      });
    }
    if (verb)
      return this.rows(
        this.deliveries,
        "PATCH",
        id,
        verb === "retry" ? { state: "done", error: null } : { state: "dismissed" },
      );
    const known = this.deliveries.find((d) => d.id === id);
    return known
      ? ok({
          ...known,
          body: '{"object":"page","entry":[{"id":"104857600123456","time":1790000000001,"messaging":[{"sender":{"id":"7001"},"recipient":{"id":"104857600123456"},"timestamp":1790000000001,"message":{"mid":"m_1","text":"Hi, is my order on its way?"}}]}]}',
        })
      : refuse(404, "There is no such delivery.");
  }
}

const ok = (body: unknown): Reply => ({ status: 200, body });
const refuse = (status: number, detail: string, extra: object = {}): Reply => ({
  status,
  body: { type: "about:blank", title: "", status, detail, ...extra },
});
