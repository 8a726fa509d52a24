// A flow's drafts, versions, simulations and tests, as the API has them. It calls a body and an effect "object": the body's own
// JSON schema is at GET /flow-schema, and effects are in `effects.ts`.
import { all, api, Problem } from "../../api/client";
import type { Template } from "../../api/models";
import type { components } from "../../api/schema";
import type { Effect } from "./effects";
import type { Graph } from "./graph/types";
import type { TemplateToSend } from "../../templates/send.svelte";

type Schemas = components["schemas"];

export type QuickChoice = { title: string; payload: string };
/** The fields of a node that sends, which its form knows by name. */
export type SendNode = {
  type: "send";
  /** empty with a message template */
  text: string;
  quick_replies?: QuickChoice[];
  template?: Template;
  message_template?: TemplateToSend;
  on_error?: string;
  next?: string;
};

type Described = Schemas["Flow"];
export type Flow = Omit<Described, "body" | "draft" | "published"> & { body: Graph; published: Graph | null };
export type FlowProblem = Schemas["FlowProblem"];
export type FlowVersion = Schemas["FlowVersion"];
export type Scene = Schemas["SimulationScene"];
export type SimInput = Schemas["SimulatedInput"];
export type SimStep = Omit<Schemas["SimulatedStep"], "effects"> & { effects: Effect[] };
export type Simulated = Omit<Schemas["Simulated"], "steps"> & { steps: SimStep[] };
/** What a test expects: a text that is sent, or fields of an effect. */
export type Expected = string | Partial<Effect>;
export type FlowTest = Omit<Schemas["FlowTest"], "expected"> & { expected: Expected[] };
export type NewTest = Omit<Schemas["NewFlowTest"], "expected"> & { expected: Expected[] };
export type TestResult = Schemas["FlowTestResult"];
export type Comparison = Omit<Schemas["FlowComparison"], "a" | "b"> & { a: Graph; b: Graph };

/** The API only says "object" for these types. */
const full = <T>(answer: unknown): T => answer as T;
const bare = (value: unknown) => value as Record<string, never>;

export const readFlow = async (id: string): Promise<Flow> =>
  full(await api.get("/flows/{id}", { path: { id } }));
type Draft = { name: string; graph: Graph };
/** Saves what changed since `before`. */
export async function saveFlow(id: string, draft: Draft, before: Draft, version: number): Promise<Flow> {
  const body = {
    version,
    ...(draft.name !== before.name && { name: draft.name }),
    ...(draft.graph !== before.graph && { body: bare(draft.graph) }),
  };
  return full(await api.put("/flows/{id}", { path: { id }, body }));
}
export const publishFlow = async (id: string, note: string, version: number): Promise<Flow> =>
  full(await api.post("/flows/{id}/publish", { path: { id }, body: { version, ...(note && { note }) } }));
export const rollBack = async (id: string, version: number): Promise<Flow> =>
  full(await api.post("/flows/{id}/rollback", { path: { id }, body: { version } }));
export const readVersion = async (id: string, number: number): Promise<Graph> => {
  const path = { id, number: String(number) };
  return full((await api.get("/flows/{id}/versions/{number}", { path })).body);
};
/** `a` and `b` are numbers of versions, or `draft`. */
export const compareVersions = async (id: string, a: string, b: string): Promise<Comparison> =>
  full(await api.get("/flows/{id}/compare", { path: { id }, query: { a, b } }));

export type Imported = Flow & { left_out: string[] };
/** It has the name in the file unless another is given. */
export const importFlow = async (
  from: "deskbell" | "webitel",
  file: unknown,
  name?: string,
): Promise<Imported> =>
  full(await api.post("/flows/import", { query: { from, ...(name && { name }) }, body: bare(file) }));
/** The draft as a file, with its tests. */
export const exportFlow = async (id: string): Promise<Record<string, unknown>> =>
  full(await api.get("/flows/{id}/export", { path: { id } }));

export const simulate = async (
  id: string,
  draft: Graph,
  inputs: SimInput[],
  scene: Scene,
): Promise<Simulated> =>
  full(await api.post("/flows/{id}/simulate", { path: { id }, body: { inputs, scene, body: bare(draft) } }));

/** The problems that the server found in a rejected request. */
export function problemsOf(error: unknown): FlowProblem[] {
  if (!(error instanceof Problem)) return [];
  const { problems, errors } = error.body;
  if (Array.isArray(problems)) return problems as FlowProblem[];
  return (errors ?? [])
    .filter(({ pointer }) => pointer.startsWith("/body"))
    .map(({ pointer, detail }) => ({ pointer, detail, node: null, severity: "error" }));
}
/** What is wrong with a draft that is not saved yet. */
export async function checkDraft(id: string, draft: Graph): Promise<FlowProblem[]> {
  try {
    return (await simulate(id, draft, [], {})).problems;
  } catch (error) {
    const found = problemsOf(error);
    if (found.length === 0) throw error;
    return found;
  }
}

export const readTests = async (id: string): Promise<FlowTest[]> =>
  full(await all("/flows/{id}/tests", { path: { id } }));
export const addTest = async (id: string, test: NewTest): Promise<FlowTest> =>
  full(
    await api.post("/flows/{id}/tests", {
      path: { id },
      body: { ...test, expected: test.expected.map(bare) },
    }),
  );
export const changeTest = async (
  id: string,
  test: FlowTest,
  change: { name?: string; must_pass?: boolean },
): Promise<FlowTest> =>
  full(
    await api.patch("/flows/{id}/tests/{test_id}", {
      path: { id, test_id: test.id },
      body: { ...change, version: test.version },
    }),
  );
export const deleteTest = (id: string, test: FlowTest): Promise<void> =>
  api.delete("/flows/{id}/tests/{test_id}", { path: { id, test_id: test.id } });
/** Runs them against the draft as it is now. */
export const runTests = async (id: string, draft: Graph): Promise<TestResult[]> =>
  (await api.post("/flows/{id}/tests/run", { path: { id }, body: { body: bare(draft) } })).results;
