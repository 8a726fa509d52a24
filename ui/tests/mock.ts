// A stand-in for the server in pictures and journeys: serves ui/dist and the API from fixtures, with
// an event stream that tests script. Times are moved so that the fixtures' moment is now.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Comment, Label, Conversation, Me, Mention, Message, Wallboard } from "../src/api/models";
import type { FieldError } from "../src/api/client";
import type { LiveEventName, LiveEvents } from "../src/api/events";
import { AdminMock } from "./admin-mock";
import { instagram, messenger, whatsapp } from "./fixtures/channels";
import { commentAnswer } from "./mock-comments";
import { serveFile } from "./mock-files";
import { conversationsOf, customer, customers, listed } from "./mock-lists";
import { laterStep, modelAnswer } from "./mock-steps";
import { NOW } from "./fixtures/clock";
import { search } from "./mock-search";
import { conversations, hiddenConversations, withWindow } from "./fixtures/conversations";
import { everyKind, longThread, message, olenaThread, whatsappThread } from "./fixtures/messages";
import { PICTURE, silence } from "./fixtures/media";
import { agents, me } from "./fixtures/people";
import { filledBody, templates } from "./fixtures/templates";
import { SettingsMock } from "./settings-mock";
import { wallboard } from "./fixtures/wallboard";

type Sent = { name: string; language: string; variables: Record<string, string> };
type Begun = { to: string; account_id: string; template: Sent };

type Stream = { response: ServerResponse };

export class Mock {
  signedIn = true;
  setupNeeded = false;
  me: Me;
  admin: AdminMock;
  conversations: Map<string, Conversation>;
  messages: Map<string, Message[]>;
  /** Empty: the mock of Admin answers. */
  labels: Label[] = [];
  wallboard: Wallboard;
  requests: { method: string; path: string; body: unknown; lastEventId: string | undefined }[] = [];
  settings = new SettingsMock();
  mentions: Mention[] = [];
  comments: Comment[] = [];
  closingText: string | null = "Thank you for writing to us. Write again whenever you need us.";
  /** how long pictures take, in ms */
  slowPictures = 0;
  /** makes the next request whose path holds the key fail with that status */
  fail = new Map<string, { status: number; detail: string; errors?: FieldError[] }>();
  private streams: Stream[] = [];
  private server: Server;
  private eventId = 0;
  private sent = 0;

  /** what is opened by its address and stands in no list */
  private hidden: Map<string, Conversation>;

  private constructor(startedAt: number) {
    const shift = startedAt - NOW;
    const moved = <T>(value: T): T =>
      JSON.parse(JSON.stringify(value), (_key, v: unknown) =>
        typeof v === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(v)
          ? new Date(Date.parse(v) + shift).toISOString()
          : v,
      ) as T;
    this.me = moved(me);
    this.wallboard = moved(wallboard);
    this.admin = new AdminMock(moved);
    this.conversations = new Map(moved(conversations).map((c) => [c.id, c]));
    this.messages = new Map([...this.conversations.keys()].map((id) => [id, []]));
    this.messages.set("c-olena", moved(olenaThread));
    this.messages.set("c-marko", moved(longThread));
    this.hidden = new Map(moved(hiddenConversations).map((c) => [c.id, c]));
    for (const id of this.hidden.keys()) this.messages.set(id, []);
    this.messages.set("c-whatsapp", moved(whatsappThread));
    this.messages.set("c-everykind", moved(everyKind));
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(): Promise<Mock> {
    const mock = new Mock(Date.now());
    await new Promise<void>((done) => mock.server.listen(0, "127.0.0.1", done));
    return mock;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** One of the lists, or one that stands in none. */
  conversation(id: string): Conversation | undefined {
    return this.conversations.get(id) ?? this.hidden.get(id);
  }

  async stop(): Promise<void> {
    this.dropStreams();
    await new Promise((done) => this.server.close(done));
  }

  get lastEventId(): string {
    return `e${this.eventId}`;
  }

  get streamCount(): number {
    return this.streams.length;
  }

  dropStreams(): void {
    for (const stream of this.streams) stream.response.destroy();
    this.streams = [];
  }

  emit<N extends LiveEventName>(name: N, data: LiveEvents[N]): void {
    this.eventId += 1;
    for (const stream of this.streams)
      stream.response.write(`id: e${this.eventId}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  change(id: string, over: Partial<Conversation>): Conversation {
    const known = this.conversations.get(id)!;
    const next = withWindow({ ...known, ...over, version: known.version + 1 });
    this.conversations.set(id, next);
    this.emit("conversation", { conversation_id: id, conversation: next });
    return next;
  }

  customerSays(id: string, text: string): Message {
    const sent = message({ text, created_at: new Date().toISOString() });
    this.messages.get(id)!.push(sent);
    this.emit("message", { conversation_id: id, message: sent });
    this.change(id, {
      last_activity_at: sent.created_at,
      unread: this.conversations.get(id)!.unread + 1,
      last_message: {
        id: `${id}-last`,
        file: null,
        story: null,
        view_once: false,
        text,
        kind: "text",
        direction: "in",
        sender: sent.sender,
        created_at: sent.created_at,
        status: "received",
      },
    });
    return sent;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://mock");
    if (!url.pathname.startsWith("/api/v1/")) {
      const language = request.headers["accept-language"]?.split(/[-,;]/)[0];
      return this.file(url.pathname, language, response);
    }
    const path = url.pathname.slice("/api/v1".length);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body: unknown = request.headers["content-type"]?.includes("json") && text ? JSON.parse(text) : text;
    this.requests.push({
      method: request.method ?? "",
      path: path + url.search,
      body,
      lastEventId: request.headers["last-event-id"] as string | undefined,
    });
    const json = (status: number, value: unknown) => {
      response.writeHead(status, {
        "content-type": status >= 400 ? "application/problem+json" : "application/json",
      });
      response.end(status === 204 ? undefined : JSON.stringify(value));
    };
    const problem = (status: number, detail: string) =>
      json(status, { type: "about:blank", title: "", status, detail });
    for (const [part, failure] of this.fail) {
      if (path.includes(part)) {
        this.fail.delete(part);
        return json(failure.status, { type: "about:blank", title: "", ...failure });
      }
    }
    if (path === "/setup")
      return json(200, request.method === "GET" ? { needed: this.setupNeeded } : this.signIn());
    if (path === "/session" && request.method === "POST") {
      if ((body as { password: string }).password !== "correct horse")
        return problem(401, "Wrong e-mail or password.");
      return json(200, this.signIn());
    }
    if (!this.signedIn) return problem(401, "Not signed in.");
    if (path === "/session") {
      this.signedIn = false;
      return json(204, null);
    }
    if (path === "/events") return this.open(response, request);
    this.route(request.method ?? "GET", path, url, body, json, problem, response);
  }

  private signIn(): Me {
    this.signedIn = true;
    return this.now();
  }

  private now(): Me {
    return { ...this.me, server_time: new Date().toISOString() };
  }

  private open(response: ServerResponse, request: IncomingMessage): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": hello\n\n");
    const stream = { response };
    this.streams.push(stream);
    request.on("close", () => (this.streams = this.streams.filter((s) => s !== stream)));
  }

  private route(
    method: string,
    path: string,
    url: URL,
    body: unknown,
    json: (s: number, v: unknown) => void,
    problem: (s: number, d: string) => void,
    response: ServerResponse,
  ): void {
    const parts = path.split("/").filter(Boolean);
    const [noun, id, verb, mid, deed] = parts;
    if (path === "/me") return json(200, this.now());
    const commented = commentAnswer(method, path, url, this.comments);
    if (commented) return json(commented[0], commented[1]);
    if (path === "/channels") return json(200, { items: [instagram, whatsapp, messenger] });
    if (path === "/me/presence") return json(204, null);
    if (path === "/me/picture") return json(200, { picture_url: null });
    if (path === "/me/settings") return json(200, this.settings.answer(method, body));
    if (path === "/labels" && this.labels.length) return json(200, { items: this.labels, next: null });
    if (path === "/me/status") {
      const wanted = body as { status: "online" | "pause" | "offline"; cause?: string };
      this.me.status = {
        status: wanted.status,
        cause: wanted.cause ?? null,
        limit_at: null,
        since: new Date().toISOString(),
        reason: "self",
        by: null,
      };
      return json(200, this.me.status);
    }
    if (path === "/me/mentions") return json(200, { items: this.mentions });
    if (noun === "me" && id === "mentions") {
      this.mentions = this.mentions.filter((one) => one.conversation.id !== verb);
      return json(204, null);
    }
    if (path === "/wallboard") return json(200, this.wallboard);
    if (path === "/accounts/seen") {
      const seen = new Map([...this.conversations.values()].map(({ account }) => [account.id, account]));
      return json(200, { items: [...seen.values()], next: null });
    }
    if (path === "/accounts") return json(200, { items: this.admin.senders(), next: null });
    const administered = this.admin.answer(method, path, url, body);
    if (administered) return json(administered.status, administered.body);
    if (noun === "contacts") return this.contact(id ?? "", verb, url, json);
    if (noun === "search")
      return json(200, { items: search(url, this.conversations, this.messages), next: null });
    if (noun === "media") {
      if (method === "POST")
        return json(201, {
          id: "up1",
          name: "photo.png",
          mime: "image/png",
          size: 48_200,
          url: "/api/v1/media/up1",
        });
      if (id === "voice") {
        response.writeHead(200, { "content-type": "audio/wav" });
        return void response.end(silence(12));
      }
      return this.picture(PICTURE(210), response);
    }
    if (noun !== "conversations") return problem(404, "No such thing in the mock.");
    if (!id && method === "POST") return this.begin(body as Begun, json);
    if (!id) return json(200, listed(url, this.conversations, this.messages, this.me.user.id));
    const c = this.conversation(id);
    if (!c) return problem(404, "No such conversation.");
    if (!verb) return json(200, c);
    const answered = modelAnswer(verb, deed);
    if (answered) return json(200, answered);
    if (verb === "messages") return this.thread(method, c, url, body, mid, deed, json);
    if (verb === "labels") {
      const { add } = body as { add: string[] };
      return json(200, this.change(id, { labels: this.labels.filter((label) => add.includes(label.id)) }));
    }
    if (verb === "colleagues")
      return json(200, { items: agents.filter((one) => one.id !== this.me.user.id) });
    if (verb === "offer-shown") return json(204, null);
    if (verb === "read" || verb === "typing") {
      if (verb === "read") this.change(id, { unread: 0 });
      return json(204, null);
    }
    if (verb === "closing-text") return json(200, { text: this.closingText });
    if (verb === "accept") {
      this.emit("offer_ended", { conversation_id: id, outcome: "accepted" });
      return json(
        200,
        this.change(id, {
          state: "active",
          agent: { id: this.me.user.id, name: this.me.user.name },
          offer: null,
          accepted_at: new Date().toISOString(),
        }),
      );
    }
    if (verb === "decline") {
      if (c.offer?.from?.id === this.me.user.id)
        return json(
          200,
          this.change(id, {
            state: "active",
            offer: null,
            agent: { id: this.me.user.id, name: this.me.user.name },
          }),
        );
      this.emit("offer_ended", { conversation_id: id, outcome: "declined" });
      return json(200, this.change(id, { state: "queued", offer: null }));
    }
    if (verb === "close")
      return json(
        200,
        this.change(id, {
          state: "closed",
          closed_at: new Date().toISOString(),
          close_reason: (body as { reason?: string }).reason ?? null,
        }),
      );
    if (verb === "form")
      return json(
        200,
        this.change(id, {
          form: { id: c.form.id, values: (body as Pick<Conversation["form"], "values">).values },
        }),
      );
    const later = laterStep(verb, method, body, c, this.me.user);
    if (later) return json(200, this.change(id, later));
    if (verb === "transfer") {
      const { agent_id, note } = body as { agent_id?: string; note?: string };
      const offer = agent_id
        ? {
            agent_id,
            agent_name: "Ben",
            expires_at: new Date(Date.now() + 30_000).toISOString(),
            seconds: 30,
            from: { id: this.me.user.id, name: this.me.user.name, note: note ?? null },
          }
        : null;
      return json(200, this.change(id, { state: offer ? "offered" : "queued", agent: null, offer }));
    }
    if (verb === "notes") {
      const note = message({
        kind: "note",
        direction: "internal",
        sender: { kind: "agent", id: this.me.user.id, name: this.me.user.name },
        text: (body as { text: string }).text,
        mentions: (body as { mentions?: string[] }).mentions ?? [],
        created_at: new Date().toISOString(),
      });
      this.messages.get(id)!.push(note);
      this.emit("message", { conversation_id: id, message: note });
      return json(200, c);
    }
    return problem(404, "No such verb in the mock.");
  }

  private thread(
    method: string,
    c: Conversation,
    url: URL,
    body: unknown,
    mid: string | undefined,
    deed: string | undefined,
    json: (s: number, v: unknown) => void,
  ): void {
    const all = this.messages.get(c.id)!;
    if (method === "GET") {
      const before = url.searchParams.get("before") ?? "end";
      const limit = Number(url.searchParams.get("limit") ?? 50);
      const end = before === "end" ? all.length : all.findIndex((x) => x.id === before);
      const start = Math.max(0, end - limit);
      return json(200, {
        items: all.slice(start, end),
        next: null,
        previous: start > 0 ? all[start]!.id : null,
      });
    }
    if (mid && deed) {
      const found = all.find((x) => x.id === mid)!;
      found.status = deed === "cancel" ? "cancelled" : "queued";
      found.error = null;
      found.send_at = null;
      return json(200, found);
    }
    if (mid) {
      const found = all.find((x) => x.id === mid)!;
      const { send_at } = body as { send_at: string };
      Object.assign(found, { send_at, created_at: send_at });
      return json(200, found);
    }
    const wanted = body as {
      text?: string;
      client_id?: string;
      reply_to?: string;
      send_at?: string;
      template?: Sent;
    };
    const template = wanted.template && templates.find((it) => it.name === wanted.template!.name);
    this.sent += 1;
    const made = message({
      id: `sent-${this.sent}`,
      direction: "out",
      sender: { kind: "agent", id: this.me.user.id, name: this.me.user.name },
      text: template ? filledBody(template, wanted.template!.variables) : (wanted.text ?? null),
      message_template: template
        ? { name: template.name, language: template.language, category: template.category }
        : null,
      client_id: wanted.client_id ?? null,
      reply_to: wanted.reply_to ?? null,
      status: "queued",
      send_at: wanted.send_at ?? null,
      created_at: wanted.send_at ?? new Date().toISOString(),
    });
    all.push(made);
    json(201, made);
    if (wanted.send_at) return;
    setTimeout(() => {
      made.status = "delivered";
      this.emit("message", { conversation_id: c.id, message: made });
    }, 60);
  }

  private begin(body: Begun, json: (s: number, v: unknown) => void): void {
    if (!body.to.startsWith("+")) {
      const detail = "Write the phone number with its country, beginning with +, such as +49 151 00000000.";
      return json(422, { status: 422, detail, errors: [{ pointer: "/to", detail }] });
    }
    const begun = { ...this.hidden.get("c-whatsapp")!, id: "c-begun", version: 1 };
    begun.contact = { ...begun.contact, name: body.to };
    this.conversations.set(begun.id, begun);
    this.messages.set(begun.id, []);
    json(201, begun);
  }

  private contact(
    id: string,
    verb: string | undefined,
    url: URL,
    json: (s: number, v: unknown) => void,
  ): void {
    if (!id) return json(200, customers(url, this.conversations));
    const [first, ...others] = conversationsOf(id, [...this.conversations.values(), ...this.hidden.values()]);
    if (!first) return json(404, { status: 404, detail: "No such customer." });
    if (verb === "conversations") return json(200, { items: [first, ...others], next: null });
    json(200, customer(id, [first, ...others]));
  }

  private picture(svg: string, response: ServerResponse): void {
    setTimeout(() => {
      response.writeHead(200, { "content-type": "image/svg+xml" });
      response.end(svg);
    }, this.slowPictures);
  }

  private file(path: string, language: string | undefined, response: ServerResponse): void {
    if (path.startsWith("/pictures/")) return this.picture(PICTURE(20), response);
    serveFile(path, language, response);
  }
}
