// Owns which key means what. Knows nothing of what then happens.
import type { Direction } from "../../grid/layout";

export type Intent =
  | { do: "move"; direction: Direction; extend: boolean }
  | { do: "open" | "visibility" | "remove" | "removeForGood" | "copyLinks" }
  | {
      do:
        | "selectAll"
        | "escape"
        | "keys"
        | "details"
        | "zoom"
        | "zoomIn"
        | "zoomOut"
        | "fit"
        | "search";
    };

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

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

const plain: Record<string, Intent> = {
  Enter: { do: "open" },
  " ": { do: "open" },
  v: { do: "visibility" },
  i: { do: "details" },
  z: { do: "zoom" },
  "+": { do: "zoomIn" },
  "=": { do: "zoomIn" },
  "-": { do: "zoomOut" },
  "0": { do: "fit" },
  "?": { do: "keys" },
  "/": { do: "search" },
  Escape: { do: "escape" },
};

export function intentOf(pressed: Pressed): Intent | null {
  if (pressed.altKey) return null;
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  if (pressed.ctrlKey || pressed.metaKey) {
    if (key === "a") return { do: "selectAll" };
    if (key === "c") return { do: "copyLinks" };
    if (key === "f") return { do: "search" };
    return null;
  }
  const direction = directions[key];
  if (direction) return { do: "move", direction, extend: pressed.shiftKey };
  if (key === "Delete") return { do: pressed.shiftKey ? "removeForGood" : "remove" };
  return plain[key] ?? null;
}

/** What the dialog of keys lists. */
export const keyList: { keys: string; what: string }[] = [
  { keys: "Arrows", what: "Move through the pictures" },
  { keys: "Shift + arrows", what: "Extend the selection" },
  { keys: "Home, End, Page up, Page down", what: "Move further" },
  { keys: "Enter, Space", what: "Open the picture, and close it again" },
  { keys: "V", what: "Make public or unlisted" },
  { keys: "Ctrl + C", what: "Copy links" },
  { keys: "Ctrl + V", what: "Add the picture in the clipboard" },
  { keys: "Ctrl + A", what: "Select all that is loaded" },
  { keys: "Ctrl + F, /", what: "Search" },
  { keys: "Delete", what: "Move to the trash" },
  { keys: "Shift + Delete", what: "Delete for good" },
  { keys: "I", what: "Show or hide the details" },
  { keys: "Z, +, -, 0", what: "In the viewer: 100 %, closer, further, fit" },
  { keys: "F2", what: "Rename a gallery in the sidebar" },
  { keys: "Esc", what: "Back, or select nothing" },
];
