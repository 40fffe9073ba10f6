// Owns which elements handle keys and pastes themselves while they have the focus.

/** Returns whether an element edits text, so that it needs the keys. */
export function isTypedInto(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=range],[type=radio]), textarea, select") !== null
  );
}

/** Returns whether an element is operated with Enter, Space or arrows. */
export function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("button, a, [role=slider], input, select") !== null
  );
}
