// Where a dialog begins, and where the caret is after it.
type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const TICKED = ["checkbox", "radio", "file"];

/** Something to type in or to choose from; not what is only ticked or copied. */
const isFilledIn = (field: Input) => !TICKED.includes(field.type) && !("readOnly" in field && field.readOnly);

/**
 * What a dialog focuses first: the field marked `autofocus`, else the first one to fill in, else any other field,
 * else the main button, or the way out if that button destroys something.
 */
function firstStop(dialog: HTMLElement): HTMLElement | undefined {
  const marked = dialog.querySelector<HTMLElement>("[autofocus]:not(:disabled)");
  if (marked) return marked;
  const fields = [
    ...dialog.querySelectorAll<Input>(":is(input, textarea, select):not(:disabled, [type=hidden])"),
  ];
  const field = fields.find(isFilledIn) ?? fields[0];
  if (field) return field;
  const buttons = [...dialog.querySelectorAll<HTMLElement>("footer button:not(:disabled)")];
  return buttons.at(-1)?.classList.contains("danger") ? buttons[0] : buttons.at(-1);
}

/** Focuses where the dialog begins; again when fields arrive that had to be loaded, until the person does something. */
export function focusFirst(dialog: HTMLElement): () => void {
  let placed: HTMLElement | undefined;
  const begin = () => {
    const stop = firstStop(dialog);
    const hasMoved = placed?.isConnected && document.activeElement !== placed;
    if (!stop || stop === placed || hasMoved) return;
    placed = stop;
    stop.focus();
  };
  const observer = new MutationObserver(begin);
  const acts = new AbortController();
  const end = () => {
    observer.disconnect();
    acts.abort();
  };
  for (const act of ["keydown", "pointerdown"])
    dialog.addEventListener(act, end, { capture: true, signal: acts.signal });
  begin();
  observer.observe(dialog, { childList: true, subtree: true });
  return end;
}

const hasCaret = (field: Element | null): field is HTMLInputElement | HTMLTextAreaElement =>
  (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) &&
  field.selectionStart !== null;

/**
 * Opens a modal. When it closes, the field that gets the focus back gets its caret back too: Chromium leaves the caret
 * in the modal, and what is typed then is lost.
 */
export function showModal(dialog: HTMLDialogElement): void {
  const field = document.activeElement;
  if (hasCaret(field)) {
    const { value, selectionStart, selectionEnd } = field;
    const giveBack = () => field.value === value && field.setSelectionRange(selectionStart, selectionEnd);
    const closed = new AbortController();
    field.addEventListener("focus", giveBack, { once: true, signal: closed.signal });
    dialog.addEventListener("close", () => closed.abort(), { once: true });
  }
  dialog.showModal();
}
