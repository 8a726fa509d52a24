// An object being edited: the draft and the server's version, which fields changed, saving with the version, and what
// to do when someone else saved first (409 with the current object).
import { SvelteMap } from "svelte/reactivity";
import { Problem, sentenceOf } from "../../api/client";

type Spec<S, D extends object> = {
  /** the editable part of the server's object */
  read: (server: S) => D;
  labels: { [K in keyof D]: () => string };
  send: (changes: Partial<D>, version: number) => Promise<S>;
  saved?: (server: S) => void;
};

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export class Form<S extends { version: number }, D extends object> {
  draft = $state() as D;
  base = $state.raw() as D;
  busy = $state(false);
  error = $state.raw<unknown>(null);
  /** by editors that hold something unreadable or unfinished */
  private readonly blocks = new SvelteMap<string, { label: string; sentence: string }>();
  /** the object as someone else saved it in the meantime */
  theirs = $state.raw<S | null>(null);
  /** grows when the user replaces the draft: an editor with its own text starts again */
  revision = $state(0);
  private version: number;

  constructor(
    private readonly spec: Spec<S, D>,
    server: S,
  ) {
    this.version = server.version;
    this.base = spec.read(server);
    this.draft = clone(this.base);
  }

  private get keys(): (keyof D)[] {
    return Object.keys(this.spec.labels) as (keyof D)[];
  }

  private get changedKeys(): (keyof D)[] {
    return this.keys.filter((key) => !same(this.draft[key], this.base[key]));
  }

  /** Labels of the changed fields, for the SaveBar. */
  get changed(): string[] {
    const labels = this.changedKeys.map((key) => this.spec.labels[key]());
    return [...new Set([...labels, ...[...this.blocks.values()].map(({ label }) => label)])];
  }

  /** What is wrong with one field. */
  at(pointer: string): string | undefined {
    return this.error instanceof Problem ? this.error.field(pointer) : undefined;
  }

  /** An editor says why nothing can be saved now, and null when it can again. */
  block(editor: string, label: string, sentence: string | null): void {
    if (sentence === null) this.blocks.delete(editor);
    else this.blocks.set(editor, { label, sentence });
  }

  get sentence(): string | null {
    const [block] = this.blocks.values();
    if (block) return block.sentence;
    return this.error && !this.theirs ? sentenceOf(this.error) : null;
  }

  /** Fields in which their version differs from the original one. */
  get difference(): { label: string; theirs: unknown; mine: unknown }[] {
    if (!this.theirs) return [];
    const theirs = this.spec.read(this.theirs);
    return this.keys
      .filter((key) => !same(theirs[key], this.base[key]))
      .map((key) => ({ label: this.spec.labels[key](), theirs: theirs[key], mine: this.draft[key] }));
  }

  /** Takes the server's newest; unsaved changes are never overwritten. */
  take(server: S): void {
    if (this.changedKeys.length > 0 && server.version !== this.version) return;
    const mine = Object.fromEntries(this.changedKeys.map((key) => [key, this.draft[key]]));
    this.load(server);
    Object.assign(this.draft, mine);
  }

  /** Takes the server's newest below unsaved changes, unless someone else changed one of the same fields: then the
      next save asks. */
  merge(server: S): void {
    const theirs = this.spec.read(server);
    if (this.changedKeys.some((key) => !same(theirs[key], this.base[key]))) return;
    const mine = Object.fromEntries(this.changedKeys.map((key) => [key, this.draft[key]]));
    const { error } = this;
    this.load(server);
    Object.assign(this.draft, mine);
    if (Object.keys(mine).length > 0) this.error = error;
  }

  private load(server: S): void {
    this.version = server.version;
    this.base = this.spec.read(server);
    this.draft = clone(this.base);
    this.error = null;
    this.theirs = null;
  }

  discard(): void {
    this.revision += 1;
    this.blocks.clear();
    this.draft = clone(this.base);
    this.error = null;
  }

  async save(): Promise<boolean> {
    if (this.busy || this.blocks.size > 0) return false;
    this.busy = true;
    this.error = null;
    try {
      const changes = Object.fromEntries(this.changedKeys.map((key) => [key, this.draft[key]])) as Partial<D>;
      const server = await this.spec.send(clone(changes), this.version);
      this.load(server);
      this.spec.saved?.(server);
      return true;
    } catch (error) {
      this.error = error;
      if (error instanceof Problem && error.status === 409 && error.body.current)
        this.theirs = error.body.current as S;
      return false;
    } finally {
      this.busy = false;
    }
  }

  loadTheirs(): void {
    if (!this.theirs) return;
    this.revision += 1;
    this.blocks.clear();
    this.load(this.theirs);
  }

  async saveMine(): Promise<void> {
    if (!this.theirs) return;
    // Only the fields that I changed are sent, so their changes to other fields are preserved.
    const mine = Object.fromEntries(this.changedKeys.map((key) => [key, this.draft[key]]));
    this.load(this.theirs);
    Object.assign(this.draft, mine);
    if (this.changed.length > 0) await this.save();
  }

  /** Back to editing: the question may come again with the next save. */
  keepTyping(): void {
    this.theirs = null;
    this.error = null;
  }
}
