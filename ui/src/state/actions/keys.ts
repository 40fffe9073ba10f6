// Owns which keys run which action, and which keys an artist may choose instead.
import type { Shortcuts } from "../chords";
import { actionIds, actions, type ActionId } from "./list";

/** Keys that also run an action, and cannot be given to another. */
const alsoRuns: Record<string, ActionId> = {
  Space: "open",
  "/": "search",
  "Ctrl+Y": "redo",
  "=": "zoomIn",
  "Ctrl+=": "larger",
};
/** Keys for navigation and for typing. */
const fixed = new Set([
  "Esc",
  "Tab",
  "Shift+Tab",
  "Ctrl+V",
  "Ctrl+X",
  ...[
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
    "Home",
    "End",
    "PageUp",
    "PageDown",
  ].flatMap((key) => [key, `Shift+${key}`]),
]);

export function keysOf(id: ActionId, shortcuts: Shortcuts): string {
  return shortcuts[id] ?? actions[id].keys;
}

/** Returns the action that a chord runs. */
export function actionFor(chord: string, shortcuts: Shortcuts): ActionId | null {
  return actionIds.find((id) => keysOf(id, shortcuts) === chord) ?? alsoRuns[chord] ?? null;
}

/** Returns why a chord cannot be chosen, in plain words, or null. */
export function refusalOf(chord: string): string | null {
  if (fixed.has(chord)) return `${chord} is reserved and cannot be changed.`;
  const id = alsoRuns[chord];
  return id === undefined ? null : `${chord} always runs “${actions[id].name}”.`;
}

/** Returns the shortcuts after an action gets a chord. The action that used it gets the old one. */
export function withKeys(shortcuts: Shortcuts, id: ActionId, chord: string): Shortcuts {
  const next = { ...shortcuts };
  const owner = actionIds.find((other) => keysOf(other, shortcuts) === chord);
  if (owner && owner !== id) next[owner] = keysOf(id, shortcuts);
  next[id] = chord;
  const usual: Partial<Record<string, Pick<typeof actions.open, "keys">>> = actions;
  return Object.fromEntries(
    Object.entries(next).filter(([other, keys]) => usual[other]?.keys !== keys),
  );
}
