// The answers of a form between the server's values and what fields hold: texts, and ticks for checkboxes.
import { api } from "../../api/client";
import type { Conversation, FormAnswer, FormField } from "../../api/models";
import { store } from "../store.svelte";

export type Draft = Record<string, string | boolean>;
type Values = Record<string, FormAnswer>;

/** What the fields hold to begin with. */
export function draftOf(fields: FormField[], values: Values): Draft {
  return Object.fromEntries(
    fields.map(({ key, kind }) => {
      const value = values[key];
      if (kind === "checkbox") return [key, value === true];
      return [key, value === undefined ? "" : String(value)];
    }),
  );
}

/** What is sent: a field that holds nothing is not answered. Numbers stay as they were typed, the server reads them. */
export function valuesOf(fields: FormField[], draft: Draft): Values {
  const values: Values = {};
  for (const { key, kind } of fields) {
    const held = draft[key];
    if (kind === "checkbox" ? held === true : typeof held === "string" && held.trim() !== "")
      values[key] = held as FormAnswer;
  }
  return values;
}

export const isChanged = (fields: FormField[], draft: Draft, values: Values): boolean =>
  JSON.stringify(valuesOf(fields, draft)) !== JSON.stringify(valuesOf(fields, draftOf(fields, values)));

/** Saves the answers and shows the conversation as it is then. */
export async function saveAnswers(
  conversation: Conversation,
  fields: FormField[],
  draft: Draft,
): Promise<void> {
  const body = { values: valuesOf(fields, draft) };
  store.put(await api.put("/conversations/{id}/form", { path: { id: conversation.id }, body }));
}
