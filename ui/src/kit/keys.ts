// The meaning of keys beyond their names.

/**
 * While an input method is choosing a character, the keys belong to it: no handler sees them. Safari reports the Enter
 * that ends a composition only by the key code.
 */
export function leaveCompositionAlone(target: EventTarget): void {
  const guard = (event: Event) => {
    const { isComposing, keyCode } = event as KeyboardEvent;
    if (isComposing || keyCode === 229) event.stopImmediatePropagation();
  };
  for (const type of ["keydown", "keyup"]) target.addEventListener(type, guard, { capture: true });
}
