// Owns where the artist was when the window was closed: the view, and the image at
// its top. Kept in the web view, since it is of no consequence to the library.
import type { View } from "../ipc/bindings";

/** The image at the top of the grid, and how far its row is scrolled, in pixels. */
export type ScrollAnchor = { id: string; offset: number };

export type LastPlace = { view: View; place: ScrollAnchor | null };

const KEY = "vitrine.place";
const REST = 400;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function viewOf(value: unknown): View | null {
  if (!isRecord(value)) return null;
  const { view, gallery } = value;
  if (view === "history" || view === "feed" || view === "trash") return { view };
  if (view !== "references" || (gallery !== null && typeof gallery !== "string")) return null;
  return { view, gallery };
}

function placeOf(value: unknown): ScrollAnchor | null {
  if (!isRecord(value)) return null;
  const { id, offset } = value;
  return typeof id === "string" && typeof offset === "number" ? { id, offset } : null;
}

export function readLastPlace(): LastPlace | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    const view = isRecord(kept) ? viewOf(kept["view"]) : null;
    return view && isRecord(kept) ? { view, place: placeOf(kept["place"]) } : null;
  } catch {
    return null;
  }
}

let rest: ReturnType<typeof setTimeout> | undefined;

/** Keeps a place once the artist rests there; a search is not one to come back to. */
export function keepLastPlace(last: LastPlace): void {
  if (last.view.view === "search") return;
  clearTimeout(rest);
  rest = setTimeout(() => {
    try {
      localStorage.setItem(KEY, JSON.stringify(last));
    } catch {
      // Without storage the window forgets; nothing else does.
    }
  }, REST);
}
