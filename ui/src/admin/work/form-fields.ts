// The fields of a form while they are edited: their keys and their order.
import type { FormField } from "../../api/models";

/** A key that no field has yet. */
export function freshKey(taken: string[]): string {
  let number = taken.length + 1;
  while (taken.includes(`field_${number}`)) number += 1;
  return `field_${number}`;
}

/** The list with one item moved by this number of places, within the list. */
export function moved<T>(list: T[], from: number, by: number): T[] {
  const rest = list.filter((_, index) => index !== from);
  const item = list[from];
  if (item === undefined) return list;
  const to = Math.min(Math.max(from + by, 0), rest.length);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}

/** Removes blank lines between choices. */
export const withoutBlankChoices = (fields: FormField[]): FormField[] =>
  fields.map((field) => ({
    ...field,
    choices: (field.choices ?? []).filter((choice) => choice.trim() !== ""),
  }));
