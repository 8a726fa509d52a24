// A typed router over the History API: patterns like "/workspace/:id" and "/admin/*", links that are
// plain <a href>, and guards that may ask before a page with unsaved changes is left. Paths are those within the installation
// (see base.ts).
import { inner, outer } from "./base";

type ParamNames<P extends string> = P extends `${infer Head}/${infer Tail}`
  ? ParamNames<Head> | ParamNames<Tail>
  : P extends `:${infer Name}`
    ? Name
    : P extends "*"
      ? "rest"
      : never;
export type Params<P extends string> = { [K in ParamNames<P>]: string };

/** Fits a path to a pattern; "*" at the end takes the rest. Null when it does not fit. */
export function match<P extends string>(pattern: P, path: string): Params<P> | null {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  const params: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    if (part === "*") return { ...params, rest: have.slice(i).join("/") } as Params<P>;
    const value = have[i];
    if (value === undefined) return null;
    if (part.startsWith(":")) params[part.slice(1)] = decode(value);
    else if (part !== value) return null;
  }
  return have.length === want.length ? (params as Params<P>) : null;
}

/** Fills a pattern: href("/workspace/:id", {id}). */
export function href<P extends string>(pattern: P, params: Params<P>): string {
  const given = params as Record<string, string>;
  return pattern.replace(/:(\w+)|\*/g, (_, name?: string) =>
    name ? encodeURIComponent(given[name] ?? "") : (given.rest ?? ""),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

type Guard = (to: string) => boolean | Promise<boolean>;

class Router {
  path = $state(inner(location.pathname));
  query = $state(new URLSearchParams(location.search));
  private guards = new Set<Guard>();
  /** Position in our own history, to undo a "back" that a guard refused. */
  private at: number = (history.state as { at?: number } | null)?.at ?? 0;
  private undoing = false;

  start(): void {
    history.replaceState({ at: this.at }, "");
    addEventListener("popstate", (event) => void this.popped(event));
    document.addEventListener("click", (event) => this.clicked(event));
  }

  /** Asks `guard` before any step away; returns how to stop asking. */
  guard(guard: Guard): () => void {
    this.guards.add(guard);
    return () => this.guards.delete(guard);
  }

  async go(to: string, { replace = false } = {}): Promise<boolean> {
    if (!(await this.mayLeave(to))) return false;
    if (replace) history.replaceState({ at: this.at }, "", outer(to));
    else history.pushState({ at: ++this.at }, "", outer(to));
    this.read();
    return true;
  }

  private read(): void {
    this.path = inner(location.pathname);
    this.query = new URLSearchParams(location.search);
  }

  /** Asks all guards, as a step to that address would. */
  async mayLeave(to: string): Promise<boolean> {
    for (const guard of this.guards) if (!(await guard(to))) return false;
    return true;
  }

  private async popped(event: PopStateEvent): Promise<void> {
    const to = (event.state as { at?: number } | null)?.at ?? 0;
    const step = to - this.at;
    this.at = to;
    if (this.undoing) {
      this.undoing = false;
      return;
    }
    if (this.guards.size > 0 && step !== 0) {
      const target = inner(location.pathname) + location.search;
      this.undoing = true;
      history.go(-step); // stay where we are while asking
      if (await this.mayLeave(target)) await this.leaveFor(step);
      return;
    }
    this.read();
  }

  private async leaveFor(step: number): Promise<void> {
    const guards = this.guards;
    this.guards = new Set();
    addEventListener("popstate", () => (this.guards = guards), { once: true });
    history.go(step);
  }

  private clicked(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    const path = inner(link.pathname);
    if (path.startsWith("/api/")) return;
    event.preventDefault();
    void this.go(path + link.search + link.hash);
  }
}

export const router = new Router();
