// Owns how keys pressed together are written down: "Ctrl+Shift+Z", "Delete", "?".

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

const names: Record<string, string> = { " ": "Space", Escape: "Esc" };
const alone = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead", "Unidentified"]);

/** Returns the keys that are held, or null while only modifiers are held. */
export function chordOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Pressed): string | null {
  if (alone.has(key)) return null;
  const isSymbol = key.length === 1 && key !== " " && key.toLowerCase() === key.toUpperCase();
  const parts = [
    ...(ctrlKey || metaKey ? ["Ctrl"] : []),
    ...(altKey ? ["Alt"] : []),
    // A symbol already implies Shift.
    ...(shiftKey && !isSymbol ? ["Shift"] : []),
    names[key] ?? (key.length === 1 ? key.toUpperCase() : key),
  ];
  return parts.join("+");
}

/** The chords that an artist chose instead of the usual ones, by the id of the action. */
export type Shortcuts = Readonly<Record<string, string>>;
