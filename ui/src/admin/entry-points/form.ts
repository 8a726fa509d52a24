// The editable fields of an entry point, and its possible targets.
import { all, api } from "../../api/client";
import type { components } from "../../api/schema";
import { m } from "../../paraglide/messages.js";
import { Form } from "../components/form.svelte";

type Schemas = components["schemas"];
export type EntryPoint = Schemas["EntryPoint"];
export type EntryLink = Schemas["EntryLink"];
export type Fields = Pick<
  EntryPoint,
  "name" | "flow_id" | "queue_id" | "gateway_id" | "account_id" | "ref" | "code_word" | "ends_at"
>;
export type EntryForm = Form<EntryPoint, Fields>;

export type Choice = { value: string; label: string };
/** The account whose customers it is for, or all of a gateway. */
export type Place = { gateway: string; account: string | null; label: string };
export type Targets = { flows: Choice[]; queues: Choice[]; places: Place[] };

export async function readTargets(): Promise<Targets> {
  const named = ({ id, name }: { id: string; name: string }): Choice => ({ value: id, label: name });
  // Users who edit flows but are not administrators see no gateways; an entry point of the only one needs none.
  const [flows, queues, gateways] = await Promise.all([
    all("/flows"),
    all("/queues"),
    all("/gateways").catch(() => []),
  ]);
  const accounts = await Promise.all(
    gateways.map(({ id }) => all("/gateways/{id}/accounts", { path: { id } })),
  );
  const places = gateways.flatMap((gateway, i): Place[] => [
    {
      gateway: gateway.id,
      account: null,
      label: gateways.length === 1 ? m.admin_entry_all() : m.admin_entry_all_of({ name: gateway.name }),
    },
    ...accounts[i]!.map((it) => ({ gateway: gateway.id, account: it.id, label: it.name })),
  ]);
  return {
    flows: flows.filter((it) => it.published_version !== null).map(named),
    queues: queues.map(named),
    places,
  };
}

const LABELS = {
  name: m.name,
  flow_id: m.admin_flow,
  queue_id: m.admin_flow_queue,
  gateway_id: m.admin_gw,
  account_id: m.admin_entry_account,
  ref: m.admin_entry_ref,
  code_word: m.admin_entry_word,
  ends_at: m.admin_entry_ends,
};
const read = (it: EntryPoint): Fields => ({
  name: it.name,
  flow_id: it.flow_id,
  queue_id: it.queue_id,
  gateway_id: it.gateway_id,
  account_id: it.account_id,
  ref: it.ref,
  code_word: it.code_word,
  ends_at: it.ends_at,
});

export function editForm(it: EntryPoint, saved: (now: EntryPoint) => void): EntryForm {
  const path = { id: it.id };
  return new Form(
    {
      read,
      labels: LABELS,
      // The gateway of an entry point never changes: links that are printed somewhere would lead nowhere.
      send: ({ gateway_id: _fixed, ...changes }, version) =>
        api.patch("/entry-points/{id}", { path, body: { ...changes, version } }),
      saved,
    },
    it,
  );
}

export function newForm({ flows, places }: Targets, saved: (made: EntryPoint) => void): EntryForm {
  const blank: EntryPoint = {
    id: "",
    name: "",
    flow_id: flows[0]?.value ?? "",
    queue_id: null,
    gateway_id: places[0]?.gateway ?? "",
    account_id: null,
    ref: null,
    code_word: null,
    ends_at: null,
    links: [],
    qr_url: null,
    count: 0,
    version: 0,
  };
  const { name, flow_id, gateway_id } = blank;
  return new Form(
    {
      read,
      labels: LABELS,
      send: (changes) => {
        const body = { name, flow_id, gateway_id, ...changes };
        return api.post("/entry-points", { body: { ...body, gateway_id: body.gateway_id || null } });
      },
      saved,
    },
    blank,
  );
}

export const hasEnded = (it: Pick<EntryPoint, "ends_at">, now: number): boolean =>
  it.ends_at !== null && Date.parse(it.ends_at) <= now;

/** A link as people read it aloud. */
export const spoken = (url: string): string => decodeURI(url.replace(/^https?:\/\//u, ""));
