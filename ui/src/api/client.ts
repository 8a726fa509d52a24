// One thin typed fetch for the whole interface. Every failure becomes a `Problem` whose `sentence`
// can be shown to a person as it is; a dead sign-in leads to /sign-in and remembers the way back.
import { m } from "../paraglide/messages.js";

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

/** A sentence for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.sentence;
  return m.problem_unexpected();
}

type Query = Record<string, string | number | boolean | null | undefined>;
type Options = {
  query?: Query;
  signal?: AbortSignal;
  /** keep a 401 for the caller (sign-in, session check) */ quiet401?: boolean;
};

let onSignedOut: () => void = () => {};

/** The shell says here what to do when the server no longer knows us. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export function apiUrl(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

/** Turns an answer that is not 2xx into a Problem; shared with uploads and the event stream. */
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
  return new Problem(status, body.detail || fallbackSentence(status, wait), body, wait);
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
  if (status === 409) return m.problem_conflict();
  if (status === 413) return m.problem_too_large();
  if (status === 415) return m.problem_file_kind();
  if (status === 422 || status === 400) return m.problem_fields();
  if (status === 429) return m.problem_too_many({ seconds: wait ?? 30 });
  return m.problem_server({ status });
}

async function request<T>(method: string, path: string, body: unknown, options: Options = {}): Promise<T> {
  const init: RequestInit = { method, headers: { accept: "application/json" }, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (body instanceof FormData) {
    init.body = body; // the browser names the boundary
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(apiUrl(path, options.query), init);
    text = await answer.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
  if (!answer.ok) {
    if (answer.status === 401 && !options.quiet401) onSignedOut();
    throw toProblem(answer.status, text, answer.headers.get("retry-after"));
  }
  if (text === "") return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    // A proxy or a newer server answered something that is not ours.
    throw new Problem(answer.status, m.problem_unexpected());
  }
}

export const api = {
  get: <T>(path: string, options?: Options) => request<T>("GET", path, undefined, options),
  post: <T = void>(path: string, body?: unknown, options?: Options) =>
    request<T>("POST", path, body, options),
  put: <T = void>(path: string, body?: unknown, options?: Options) => request<T>("PUT", path, body, options),
  patch: <T = void>(path: string, body?: unknown, options?: Options) =>
    request<T>("PATCH", path, body, options),
  delete: <T = void>(path: string, options?: Options) => request<T>("DELETE", path, undefined, options),
};

/** Reads every page of a list; for pickers and small collections. */
export async function all<T>(path: string, query: Query = {}, most = 1000): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: T[]; next: string | null } = await api.get(path, {
      query: { ...query, limit: 200, cursor },
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < most);
  return items;
}
