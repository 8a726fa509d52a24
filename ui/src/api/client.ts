// One thin fetch for the whole interface, typed by the paths of the API. Every failure becomes a `Problem` whose
// `sentence` can be shown to a person as it is; an expired session leads to /sign-in and remembers the way back.
import { outer } from "../base";
import { m } from "../paraglide/messages.js";
import { fromServer } from "./from-server";
import type { List } from "./models";
import type { Answer, Arguments, Item, ListPath, Method, Options, Path } from "./paths";

export type FieldError = { pointer: string; detail: string };

export type ProblemBody = {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  errors?: FieldError[];
  current?: unknown;
  [extra: string]: unknown;
};

/** A failed request. `status` 0 means that the server could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly sentence: string,
    readonly body: ProblemBody = {},
    readonly retryAfter: number | null = null,
  ) {
    super(sentence);
    this.name = "Problem";
  }

  /** What is wrong with one field, by its JSON pointer ("/app_id"). */
  field(pointer: string): string | undefined {
    return this.body.errors?.find((e) => e.pointer === pointer)?.detail;
  }
}

/** A sentence for any thrown error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.sentence;
  return m.problem_unexpected();
}

type Query = Record<string, string | number | boolean | null | undefined>;
type Input = Options & { path?: Record<string, string>; query?: Query; body?: unknown };

let onSignedOut: () => void = () => {};

/** The shell sets here what to do when the session has ended. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export function apiUrl(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return outer(`/api/v1${path}${text ? `?${text}` : ""}`);
}

/** Turns a response that is not 2xx into a Problem; shared with uploads and the event stream. */
export function toProblem(status: number, text: string, retryAfter: string | null): Problem {
  let body: ProblemBody = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed && typeof parsed === "object") body = parsed as ProblemBody;
  } catch {
    // A proxy's HTML page: the status alone must do.
  }
  const seconds = retryAfter ? Number.parseInt(retryAfter, 10) : Number.NaN;
  const wait = Number.isNaN(seconds) ? null : seconds;
  for (const error of body.errors ?? []) error.detail = fromServer(error.detail);
  return new Problem(
    status,
    body.detail ? fromServer(body.detail) : fallbackSentence(status, wait),
    body,
    wait,
  );
}

export function unreachable(): Problem {
  return new Problem(0, navigator.onLine ? m.problem_unreachable() : m.problem_offline());
}

export function signedOut(): void {
  onSignedOut();
}

function fallbackSentence(status: number, wait: number | null): string {
  if (status === 401) return m.problem_signed_out();
  if (status === 403) return m.problem_forbidden();
  if (status === 404) return m.problem_not_found();
  if (status === 413) return m.problem_too_large();
  if (status === 429) return m.problem_too_many({ seconds: wait ?? 30 });
  return m.problem_server({ status });
}

/** A path with its names filled in. */
const filled = (path: string, values: Record<string, string> = {}) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));

/** Calls the server; a response that is not 2xx is thrown as a Problem. */
export async function ask(path: string, input: Input, init: RequestInit): Promise<Answered> {
  let answer: Response;
  let bytes: Blob;
  try {
    answer = await fetch(apiUrl(filled(path, input.path), input.query), {
      ...init,
      credentials: "same-origin",
    });
    bytes = await answer.blob();
  } catch (error) {
    if (input.signal?.aborted) throw error;
    throw unreachable();
  }
  if (!answer.ok) {
    if (answer.status === 401 && !input.quiet401) onSignedOut();
    throw toProblem(answer.status, await bytes.text(), answer.headers.get("retry-after"));
  }
  return { status: answer.status, bytes };
}
type Answered = { status: number; bytes: Blob };

async function request(method: Method, path: string, input: Input = {}): Promise<unknown> {
  const { body } = input;
  const init: RequestInit = { method: method.toUpperCase(), headers: { accept: "application/json" } };
  if (input.signal) init.signal = input.signal;
  if (body instanceof FormData) {
    init.body = body; // the browser names the boundary
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  const { status, bytes } = await ask(path, input, init);
  const text = await bytes.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A proxy or a newer server returned a response in an unknown format.
    throw new Problem(status, m.problem_unexpected());
  }
}

const call =
  <M extends Method>(method: M) =>
  <P extends Path<M>>(path: P, ...[input]: Arguments<M, P>) =>
    request(method, path, input as Input) as Promise<Answer<M, P>>;

/** `api.get("/contacts/{id}", { path: { id } })`: parameters and response follow from the path. */
export const api = {
  get: call("get"),
  post: call("post"),
  put: call("put"),
  patch: call("patch"),
  delete: call("delete"),
};

const MOST = 1000;

/** Reads every page of a list; for pickers and small collections. */
export async function all<P extends ListPath>(path: P, ...[input]: Arguments<"get", P>): Promise<Item<P>[]> {
  const items: Item<P>[] = [];
  let cursor: string | null = null;
  do {
    const query: Query = { ...(input as Input | undefined)?.query, limit: 200, cursor };
    const page = (await request("get", path, { ...(input as Input), query })) as List<Item<P>>;
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < MOST);
  return items;
}
