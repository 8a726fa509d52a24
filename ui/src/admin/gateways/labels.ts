// What a gateway's state is called, and which steps of setting it up are done.
import type { Gateway } from "../../api/models";
import { m } from "../../paraglide/messages.js";

export const kindName = (gateway: Gateway): string =>
  ({ meta: m.admin_gw_kind_meta() })[gateway.kind] ?? gateway.kind;

/** The tabs of a gateway's page, as its address names them. */
export const TABS = [
  "guide",
  "meta",
  "pages",
  "instagram",
  "whatsapp",
  "templates",
  "health",
  "review",
] as const;
export type Tab = (typeof TABS)[number];

export type StepKey = "app" | "secret" | "addresses" | "pages" | "retrieval" | "test";
export type Proof = { text: string; time: string | null };
export type Step = { key: StepKey; title: string; done: boolean; proofs: Proof[] };

/** The steps in their order, each with what Meta has proved so far. */
export function steps(gateway: Gateway): Step[] {
  const { ticks } = gateway;
  const proof = (text: string, time: string | null): Proof[] => (time ? [{ text, time }] : []);
  const accepted = gateway.secret === "ok";
  return [
    { key: "app", title: m.admin_guide_app(), done: accepted, proofs: [] },
    {
      key: "secret",
      title: m.admin_guide_secret(),
      done: accepted,
      proofs: accepted ? [{ text: m.admin_guide_secret_ok(), time: null }] : [],
    },
    {
      key: "addresses",
      title: m.admin_guide_addresses(),
      done: ticks.login_ok_at !== null,
      proofs: proof(m.admin_tick_login(), ticks.login_ok_at),
    },
    {
      key: "pages",
      title: m.admin_guide_pages(),
      done: gateway.accounts_connected > 0,
      proofs:
        gateway.accounts_connected > 0
          ? [{ text: m.admin_gw_accounts_connected({ count: gateway.accounts_connected }), time: null }]
          : [],
    },
    {
      key: "retrieval",
      title: m.admin_guide_retrieval(),
      done: gateway.accounts_subscribed > 0 && ticks.webhook_verified_at !== null,
      proofs: proof(m.admin_tick_webhook(), ticks.webhook_verified_at),
    },
    {
      key: "test",
      title: m.admin_guide_test(),
      done: ticks.last_event_at !== null && ticks.last_sent_at !== null,
      proofs: [
        ...proof(m.admin_tick_event(), ticks.last_event_at),
        ...proof(m.admin_tick_sent(), ticks.last_sent_at),
      ],
    },
  ];
}

export const works = (gateway: Gateway): boolean => steps(gateway).every((step) => step.done);

export type Tone = "ok" | "wait" | "alarm" | "neutral";
export function state(gateway: Gateway): { tone: Tone; text: string } {
  if (!gateway.enabled) return { tone: "neutral", text: m.admin_gw_state_off() };
  if (!gateway.ok)
    return { tone: "alarm", text: m.admin_gw_state_problems({ count: Math.max(1, gateway.problems) }) };
  if (!works(gateway)) return { tone: "wait", text: m.admin_gw_state_setup() };
  if (gateway.problems > 0)
    return { tone: "wait", text: m.admin_gw_state_warnings({ count: gateway.problems }) };
  return { tone: "ok", text: m.admin_gw_state_ok() };
}

/** A picture's address if our CSP lets it be shown. */
export function ownPicture(url: string | null): string | null {
  if (!url) return null;
  try {
    return new URL(url, location.href).origin === location.origin ? url : null;
  } catch {
    return null;
  }
}
