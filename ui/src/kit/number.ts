/** Whether the browser cannot read a field as the number that it must be: it is empty, or holds something like "1-2". Its
 * value is "" then, which would be saved as no number or as 0. */
export const isNoNumber = ({ type, validity }: HTMLInputElement): boolean =>
  type === "number" && (validity.badInput || validity.valueMissing);

/** Goes to the first such field of a form, which then shows what is wrong. False if there is none. */
export function showNoNumber(form: HTMLFormElement | undefined): boolean {
  const fields = [...(form?.elements ?? [])].filter((element) => element instanceof HTMLInputElement);
  const wrong = fields.find(isNoNumber);
  wrong?.dispatchEvent(new Event("change"));
  wrong?.focus();
  return wrong !== undefined;
}
