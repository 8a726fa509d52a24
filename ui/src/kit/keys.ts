// The meaning of keys beyond their names.

/**
 * An input method is choosing a character: the key belongs to it, not to us. Safari reports the Enter that ends a
 * composition only by the key code.
 */
export const composing = (event: Pick<KeyboardEvent, "isComposing" | "keyCode">): boolean =>
  event.isComposing || event.keyCode === 229;
