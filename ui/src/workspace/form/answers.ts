// Converts the answers of a form between the server's values and those of the fields: texts, and booleans for
// checkboxes.
import { api } from "../../api/client";
import type { Conversation, FormAnswer, FormField } from "../../api/models";
import { store } from "../store.svelte";

export type Draft = Record<string, string | boolean>;
type Values = Record<string, FormAnswer>;

/** The initial values of the fields. */
export function draftOf(fields: FormField[], values: Values): Draft {
  return Object.fromEntries(
    fields.map(({ key, kind }) => {
      const value = values[key];
      if (kind === "checkbox") return [key, value === true];
      return [key, value === undefined ? "" : String(value)];
    }),
  );
}

/** The values to send: an empty field has no answer. Numbers are sent as typed, the server parses them. */
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

/** Saves the answers and shows the updated conversation. */
export async function saveAnswers(
  conversation: Conversation,
  fields: FormField[],
  draft: Draft,
): Promise<void> {
  const body = { values: valuesOf(fields, draft) };
  store.put(await api.put("/conversations/{id}/form", { path: { id: conversation.id }, body }));
}
