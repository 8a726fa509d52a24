// What nodes may point at, by name. Read once per designer; names that can't be read are shown as ids.
import { all, api } from "../../api/client";
import type { Queue } from "../../api/models";
import { session } from "../../api/session.svelte";
import type { Names } from "./describe";
import type { Choice } from "./panel/context";

type Kind = "queue" | "calendar" | "agent" | "flow" | "label";

export class Lookups {
  queues = $state.raw<Queue[]>([]);
  secrets = $state.raw<string[]>([]);
  /** the language model is off; false also for those who may not read the settings */
  modelIsOff = $state(false);
  private lists = $state.raw<Record<Kind, Choice[]>>({
    queue: [],
    calendar: [],
    agent: [],
    flow: [],
    label: [],
  });
  private schema = $state.raw<Record<string, unknown> | null>(null);

  readonly names: Names = {
    queue: (id) => this.name("queue", id),
    calendar: (id) => this.name("calendar", id),
    agent: (id) => this.name("agent", id),
    flow: (id) => this.name("flow", id),
  };

  constructor(private readonly flowId: string) {}

  load(): void {
    const quietly = (reading: Promise<void>) => void reading.catch(() => {});
    const put = (kind: Kind, list: Choice[]) => (this.lists = { ...this.lists, [kind]: list });
    const named = ({ id, name }: { id: string; name: string }): Choice => ({ value: id, label: name });
    quietly(
      all("/queues").then((list) => {
        this.queues = list;
        put("queue", list.map(named));
      }),
    );
    quietly(all("/calendars").then((list) => void put("calendar", list.map(named))));
    quietly(
      all("/agents").then(
        (list) =>
          void put(
            "agent",
            list.map((it) => ({ value: it.id, label: it.name })),
          ),
      ),
    );
    quietly(
      all("/flows").then((list) => void put("flow", list.filter(({ id }) => id !== this.flowId).map(named))),
    );
    quietly(all("/labels").then((list) => void put("label", list.map(named))));
    quietly(api.get("/flow-secrets").then(({ names }) => void (this.secrets = names)));
    if (session.may("admin"))
      quietly(api.get("/settings").then(({ ai }) => void (this.modelIsOff = !ai.enabled)));
    quietly(
      api
        .get("/flow-schema")
        .then((schema) => void (this.schema = schema as unknown as Record<string, unknown>)),
    );
  }

  /** The types of nodes that the server knows. */
  readonly types = $derived.by((): ReadonlySet<string> | null => {
    const defs = this.schema?.$defs as Record<string, { oneOf?: { $ref?: string }[] }> | undefined;
    const known = defs?.node?.oneOf?.flatMap(({ $ref }) => ($ref ? [$ref.split("/").at(-1)!] : []));
    return known ? new Set(known) : null;
  });

  choices(kind: Kind): Choice[] {
    return this.lists[kind];
  }
  private name(kind: Kind, id: unknown): string | null {
    return this.lists[kind].find(({ value }) => value === id)?.label ?? null;
  }

  /** The schema of a field: `text`, `options/title`, `knowledge`. */
  private field(type: string, path: string): Record<string, unknown> {
    type Schema = {
      properties?: Record<string, Schema>;
      items?: Schema;
      $ref?: string;
      oneOf?: Schema[];
    } & Record<string, unknown>;
    const defs = (this.schema?.$defs ?? {}) as Record<string, Schema>;
    const resolve = (schema: Schema | undefined): Schema => {
      const part = schema?.oneOf?.find((it) => it.type !== "null") ?? schema;
      return part?.$ref ? (defs[part.$ref.split("/").at(-1)!] ?? {}) : (part ?? {});
    };
    let at = resolve(defs[type]);
    for (const part of path.split("/")) at = resolve((at.items ? resolve(at.items) : at).properties?.[part]);
    return at;
  }
  most(type: string, field: string): number | undefined {
    const schema = this.field(type, field);
    const own = schema.maxLength ?? (schema.items as { maxLength?: unknown } | undefined)?.maxLength;
    return typeof own === "number" ? own : undefined;
  }
  range(type: string, field: string): { min?: number; max?: number } {
    const { minimum, maximum, maxItems } = this.field(type, field);
    const max = typeof maximum === "number" ? maximum : maxItems;
    return {
      ...(typeof minimum === "number" && { min: minimum }),
      ...(typeof max === "number" && { max }),
    };
  }
}
