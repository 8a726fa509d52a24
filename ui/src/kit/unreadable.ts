/** The first field of a form whose content the browser cannot read, such as "1-2" as a number. Its value is "" then, so it
 * would be saved as empty. */
export function unreadable(form: HTMLFormElement | undefined): HTMLInputElement | undefined {
  return [...(form?.elements ?? [])].find(
    (element): element is HTMLInputElement =>
      element instanceof HTMLInputElement && element.validity.badInput,
  );
}
