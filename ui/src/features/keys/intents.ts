// Owns the meaning of each key. Knows nothing of how it is carried out.
import { actionFor } from "../../state/actions/keys";
import type { ActionId } from "../../state/actions/list";
import { chordOf, type Shortcuts } from "../../state/chords";
import type { Direction } from "../../state/parts.svelte";

export type Intent =
  | { do: "move"; direction: Direction; extend: boolean }
  | { do: "escape" | "menu" }
  | { do: ActionId };

const directions: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "home",
  End: "end",
  PageUp: "pageup",
  PageDown: "pagedown",
};

export function intentOf(
  pressed: Parameters<typeof chordOf>[0],
  shortcuts: Shortcuts,
): Intent | null {
  const chord = chordOf(pressed);
  if (chord === null) return null;
  const extend = chord.startsWith("Shift+");
  const direction = directions[extend ? chord.slice("Shift+".length) : chord];
  if (direction) return { do: "move", direction, extend };
  if (chord === "Esc") return { do: "escape" };
  if (chord === "ContextMenu" || chord === "Shift+F10") return { do: "menu" };
  const action = actionFor(chord, shortcuts);
  return action && { do: action };
}
