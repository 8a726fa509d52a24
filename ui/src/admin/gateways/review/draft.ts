// The fields of a review that the operator edits, as one flat draft: each text, answer and status is a separate
// field, so that the save bar can name it and two people may edit different ones.
import { base, inner, pathOf } from "../../../base";
import { api } from "../../../api/client";
import { fromServer } from "../../../api/from-server";
import type { components } from "../../../api/schema";
import { m } from "../../../paraglide/messages.js";
import { Form } from "../../components/form.svelte";

type Schemas = components["schemas"];
export type Review = Schemas["Review"];
export type Step = Schemas["ReviewStep"];
export type Check = Schemas["ReviewCheck"];
export type Permission = Schemas["PermissionOut"];
export type Question = Schemas["ReviewQuestion"];
export type Legal = Schemas["LegalOut"];
export type Advice = Schemas["Advice"];
export type Stage = Schemas["ReviewStage"];
export type Place = Schemas["Place"];

export type Status = {
  state: Stage;
  submitted_on: string;
  decided_on: string;
  reason: string;
  refusal: string;
};
/** The operator's own text or answer; null where the proposal applies, so that the proposal may change without
    counting as an edit. */
export type Own = string | string[] | null;
/** The parts by the names of the API; a map's keys are permissions, questions or pages. */
export type Draft = {
  audience: { writers: string; connectors: string };
  notes: string;
} & { [key: `texts.${string}` | `answers.${string}` | `legal.${string}`]: Own } & {
  [key: `status.${string}`]: Status;
};

/** With what it says to the operator in the page's language. What goes to Meta stays as it is. */
export function inOurWords(review: Review): Review {
  const { audience, instructions } = review;
  const place = (it: Place) => ({ ...it, label: fromServer(it.label) });
  const choice = <T extends { title: string }>(it: T) => ({ ...it, title: fromServer(it.title) });
  const choices = (all: Review["audience"]["writers_choices"]) =>
    all.map((it) => ({ ...choice(it), text: fromServer(it.text) }));
  return {
    ...review,
    audience: {
      ...audience,
      text: fromServer(audience.text),
      writers_choices: choices(audience.writers_choices),
      connectors_choices: choices(audience.connectors_choices),
    },
    steps: review.steps.map((step) => ({
      ...choice(step),
      text: fromServer(step.text),
      checks: step.checks.map((check) => ({
        ...choice(check),
        text: fromServer(check.text),
        detail: check.detail && fromServer(check.detail),
        place: check.place && place(check.place),
      })),
    })),
    permissions: review.permissions.map((it) => ({
      ...it,
      access_text: fromServer(it.access_text),
      evidence_text: fromServer(it.evidence_text),
      why: fromServer(it.why),
      recording: fromServer(it.recording),
      without: fromServer(it.without),
      screen: place(it.screen),
      meta: { ...it.meta, text: fromServer(it.meta.text) },
    })),
    refusals: review.refusals.map((it) => ({
      ...choice(it),
      advice: fromServer(it.advice),
      place: place(it.place),
    })),
    data: review.data.map((it) => ({
      ...it,
      question: fromServer(it.question),
      help: fromServer(it.help),
      options: it.options.map(choice),
    })),
    legal: review.legal.map((it) => ({ ...choice(it), problems: it.problems.map(fromServer) })),
    instructions: { ...instructions, missing: instructions.missing.map(fromServer) },
  };
}

const PARTS = ["texts", "answers", "legal", "status"] as const;

export function read(review: Review): Draft {
  const { writers, connectors } = review.audience;
  const draft: Draft = {
    audience: { writers: writers ?? "", connectors: connectors ?? "" },
    notes: review.instructions.notes ?? "",
  };
  for (const permission of review.permissions) {
    draft[`texts.${permission.key}`] = permission.own ? permission.text : null;
    const { state, submitted_on, decided_on, reason, refusal } = permission.status;
    draft[`status.${permission.key}`] = {
      state,
      submitted_on: submitted_on ?? "",
      decided_on: decided_on ?? "",
      reason: reason ?? "",
      refusal: refusal ?? "",
    };
  }
  for (const question of review.data)
    draft[`answers.${question.key}`] = question.own ? (question.answer ?? null) : null;
  for (const page of review.legal) draft[`legal.${page.key}`] = page.own ? page.text : null;
  return draft;
}

const short = (text: string) => (text.length > 48 ? `${text.slice(0, 46).trimEnd()}…` : text);

function labels(review: Review): { [K in keyof Draft]: () => string } {
  const all: Record<string, () => string> = {
    audience: m.admin_review_audience,
    notes: m.admin_review_notes,
  };
  for (const permission of review.permissions) {
    all[`texts.${permission.key}`] = () => m.admin_review_text_of({ name: permission.name });
    all[`status.${permission.key}`] = () => m.admin_review_status_of({ name: permission.name });
  }
  for (const question of review.data) all[`answers.${question.key}`] = () => short(question.question);
  for (const page of review.legal) all[`legal.${page.key}`] = () => page.title;
  return all as { [K in keyof Draft]: () => string };
}

/** The changes for the server: proposals and empty values are null there. */
function change(changes: Partial<Draft>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  if (changes.audience)
    body.audience = {
      writers: changes.audience.writers || null,
      connectors: changes.audience.connectors || null,
    };
  if (changes.notes !== undefined) body.notes = changes.notes.trim() || null;
  for (const [key, value] of Object.entries(changes) as [string, unknown][]) {
    const part = PARTS.find((name) => key.startsWith(`${name}.`));
    if (!part) continue;
    const map = (body[part] ??= {}) as Record<string, unknown>;
    map[key.slice(part.length + 1)] = part === "status" ? dates(value as Status) : filled(value as Own);
  }
  return body;
}
const filled = (value: Own) =>
  value === null || (Array.isArray(value) ? value.length === 0 : value.trim() === "") ? null : value;
const dates = (status: Status) => ({
  state: status.state,
  submitted_on: status.submitted_on || null,
  decided_on: status.decided_on || null,
  reason: status.reason.trim() || null,
  refusal: status.refusal || null,
});

export type ReviewForm = Form<Review, Draft>;

export function reviewForm(id: string, review: Review, saved: (review: Review) => void): ReviewForm {
  return new Form<Review, Draft>(
    {
      read,
      labels: labels(review),
      send: (changes, version) =>
        api.patch("/gateways/{id}/review", { path: { id }, body: { ...change(changes), version } }),
      saved: (review) => saved(inOurWords(review)),
    },
    review,
  );
}

/** Today as the API writes days, in the viewer's zone. */
export function today(now: number): string {
  const date = new Date(now);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

/** The first step that is not complete. */
export const nextStep = (review: Review): string | undefined =>
  review.steps.find((step) => step.state === "todo" || step.state === "problem")?.key;

/** The step in which a field is edited, so that a field that the server rejects can be shown. */
export function stepOf(pointer: string): string | null {
  const part = pointer.split("/")[1] ?? "";
  return (
    (
      {
        audience: "audience",
        texts: "permissions",
        status: "permissions",
        notes: "reviewer",
        answers: "data",
        legal: "data",
      } as Record<string, string>
    )[part] ?? null
  );
}

/** The targets of the server's links: parts of this page by their name in the address, and the step that contains
    them. */
export const PLACES: Record<string, string> = {
  permissions: "permissions",
  recordings: "recordings",
  access: "reviewer",
  instructions: "reviewer",
  data: "data",
  legal: "data",
};

/** An address of ours as a path; null for one at Meta. */
export function inside(url: string, ours: string): string | null {
  try {
    const to = new URL(url);
    const mine = [location.origin, ...(ours ? [new URL(ours).origin] : [])].includes(to.origin);
    const path = inner(to.pathname, ours ? pathOf(new URL(ours).pathname) : base);
    return mine && /^\/(admin|workspace)(\/|$)/.test(path) ? path + to.hash : null;
  } catch {
    return null;
  }
}
