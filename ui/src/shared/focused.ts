// Owns what kind of element has the keyboard, by which keys and pastes are left to it.

/** Returns whether an element takes text, so that keys belong to it. */
export function isTypedInto(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=range],[type=radio]), textarea, select") !== null
  );
}

/** Returns whether an element is worked with Enter, Space or arrows. */
export function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("button, a, [role=slider], input, select") !== null
  );
}
