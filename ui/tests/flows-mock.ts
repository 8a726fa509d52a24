// Flows of the stand-in server: drafts, versions, tests, and a simulator that walks the simplest nodes. The true one is the
// server's.
import type { Effect } from "../src/admin/flows/effects";
import { compare } from "../src/admin/flows/graph/compare";
import type { Graph } from "../src/admin/flows/graph/types";
import type { Flow, FlowProblem, FlowTest, SimInput, SimStep, Simulated } from "../src/admin/flows/model";
import { ports } from "../src/admin/flows/graph/ports";

type Reply = { status: number; body: unknown };
const ok = (body: unknown): Reply => ({ status: 200, body });
const refuse = (status: number, detail: string, extra: object = {}): Reply => ({
  status,
  body: { type: "about:blank", title: "", status, detail, ...extra },
});

export class FlowsMock {
  tests: FlowTest[] = [];
  private made = 0;

  constructor(readonly list: Flow[]) {}

  answer(
    method: string,
    id: string | undefined,
    verb: string | undefined,
    sub: string | undefined,
    url: URL,
    given: Record<string, unknown>,
  ): Reply | null {
    const flow = this.list.find((it) => it.id === id);
    if (!id || !flow) return null;
    if (verb === "simulate") return this.simulate(flow, given);
    if (verb === "publish") return this.publish(flow, given);
    if (verb === "tests") return this.test(method, sub, given, flow);
    if (verb === "export")
      return ok({ format: "deskbell-flow", name: flow.name, body: flow.body, tests: [] });
    if (verb === "versions" && sub) return ok({ ...flow.versions[0], body: flow.published ?? flow.body });
    if (verb === "rollback") {
      flow.published_version = Number(given.version);
      return ok(flow);
    }
    if (verb === "compare") return this.compare(flow, url);
    return null;
  }

  private simulate(flow: Flow, given: Record<string, unknown>): Reply {
    const body = (given.body ?? flow.body) as Graph;
    const inputs = (given.inputs ?? []) as SimInput[];
    const problems = body === flow.body || same(body, flow.body) ? flow.problems : dangling(body);
    return ok({ ...walk(body, inputs), problems });
  }

  private publish(flow: Flow, given: Record<string, unknown>): Reply {
    if (flow.problems.length > 0)
      return refuse(422, "The draft has errors: correct them, then publish it.", { problems: flow.problems });
    const number = (flow.published_version ?? 0) + 1;
    const version = {
      number,
      published_at: new Date().toISOString(),
      by: "Maria Koval",
      note: String(given.note ?? ""),
    };
    Object.assign(flow, {
      published: flow.body,
      published_version: number,
      versions: [version, ...flow.versions],
      version: flow.version + 1,
    });
    return ok(flow);
  }

  private test(method: string, id: string | undefined, given: Record<string, unknown>, flow: Flow): Reply {
    if (id === "run") {
      const { steps } = walk((given.body ?? flow.body) as Graph, []);
      const sends = steps.flatMap((step) => step.effects).some((effect) => effect.kind === "say");
      const results = this.tests.map((it, i) => ({
        test_id: it.id,
        name: it.name,
        passed: sends && i === 0,
        detail:
          i === 0 ? "" : 'Number 2 of what is expected, {"kind":"close"}, did not come; nothing more came.',
      }));
      return ok({ results });
    }
    if (method === "POST") {
      this.made += 1;
      const made = { scene: {}, ...given, id: `t${this.made}`, version: 1 } as unknown as FlowTest;
      this.tests.push(made);
      return { status: 201, body: made };
    }
    const known = this.tests.find((it) => it.id === id);
    if (!id) return ok({ items: this.tests, next: null });
    if (!known) return refuse(404, "There is no such test of the flow.");
    if (method === "DELETE") {
      this.tests = this.tests.filter((it) => it !== known);
      return { status: 204, body: null };
    }
    return ok(Object.assign(known, given, { version: known.version + 1 }));
  }

  private compare(flow: Flow, url: URL): Reply {
    const named = (name: string | null) => (name === "draft" ? flow.body : (flow.published ?? flow.body));
    const [a, b] = [named(url.searchParams.get("a")), named(url.searchParams.get("b"))];
    const { added, removed, changed } = compare(a, b);
    const differences = [
      ...added.map((node) => ({ node, kind: "added", fields: [] })),
      ...removed.map((node) => ({ node, kind: "removed", fields: [] })),
      ...changed.map(({ id, fields }) => ({
        node: id,
        kind: "changed",
        fields: fields.map((it) => ({
          pointer: `/nodes/${id}${it.pointer}`,
          a: it.before ?? null,
          b: it.after ?? null,
        })),
      })),
    ];
    return ok({ differences, a, b });
  }
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The ways that lead to no node. */
const dangling = (body: Graph): FlowProblem[] =>
  Object.entries(body.nodes).flatMap(([node, it]) =>
    ports(it).flatMap(({ pointer, to }) =>
      to === undefined || body.nodes[to]
        ? []
        : [
            {
              node,
              pointer: `/nodes/${node}${pointer}`,
              severity: "error" as const,
              detail: `There is no node "${to}".`,
            },
          ],
    ),
  );

const words = (value: unknown) => (typeof value === "string" ? value : "");
type Option = { id: string; title: string; next?: string };

function walk(body: Graph, inputs: SimInput[]): Omit<Simulated, "problems"> {
  const steps: SimStep[] = [];
  const variables: Record<string, string> = {};
  let state: Simulated["state"] = "ended";
  const go = (from: string | undefined, first: SimInput | null): string | undefined => {
    let input = first;
    for (let id = from; id !== undefined;) {
      const node = body.nodes[id];
      const effects: Effect[] = [];
      steps.push({ node: node ? id : null, input, effects, variables: { ...variables } });
      input = null;
      if (!node) {
        effects.push({
          kind: "failed",
          node: id,
          fault: { code: "node_missing", args: { node: id } },
          handled: false,
        });
        state = "queued";
        return undefined;
      }
      const text = words(node.text)
        .replace(/\{%.*?%\}/g, "")
        .replaceAll("{{ contact.first_name }}", "Ann")
        .replaceAll("{{ page.name }}", "Our Page");
      if (node.type === "menu" || node.type === "ask") {
        const options = node.type === "menu" ? (node.options as Option[]) : [];
        const choices = options.map((it) => ({ title: it.title, payload: `${id}:${it.id}` }));
        effects.push({ kind: "say", text, choices });
        state = "waiting";
        return id;
      }
      if (node.type === "join_queue") {
        effects.push({
          kind: "join_queue",
          queue: words(node.queue_id) || null,
          waiting_text: words(node.waiting_text) || null,
          nobody_text: words(node.nobody_text) || null,
        });
        state = "queued";
        return undefined;
      }
      if (node.type === "send") effects.push({ kind: "say", text, choices: [] });
      id = words(node.next) || undefined;
    }
    state = "ended";
    return undefined;
  };
  let at = go(body.start, null);
  for (const input of inputs) {
    const node = at === undefined ? undefined : body.nodes[at];
    if (!node || at === undefined) break;
    if (node.type === "menu") {
      const chosen = (node.options as Option[]).find((it) => it.title === input.text);
      at = go(chosen?.next ?? at, input);
    } else {
      variables[words(node.variable)] = input.text ?? "";
      at = go(words(node.next) || undefined, input);
    }
  }
  return { steps, state };
}
