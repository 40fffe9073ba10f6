// Owns where the artist was when the window was closed: the view, and the image at
// its top. It is stored with the window, not the library.
import type { View } from "../ipc/bindings";
import { remember, remembered } from "./memory";

/** The image at the top of the grid, and how far its row is scrolled, in pixels. */
export type ScrollAnchor = { id: string; offset: number };

export type LastPlace = { view: View; place: ScrollAnchor | null };

const NAME = "place";
const REST = 400;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function viewOf(value: unknown): View | null {
  if (!isRecord(value)) return null;
  const { view, gallery, collection } = value;
  if (view === "history" || view === "feed" || view === "trash") return { view };
  if (view === "collection") {
    return typeof collection === "string" ? { view, collection } : null;
  }
  if (view !== "references" || (gallery !== null && typeof gallery !== "string")) return null;
  return { view, gallery };
}

function placeOf(value: unknown): ScrollAnchor | null {
  if (!isRecord(value)) return null;
  const { id, offset } = value;
  return typeof id === "string" && typeof offset === "number" ? { id, offset } : null;
}

export function readLastPlace(): LastPlace | null {
  const last = remembered(NAME, isRecord);
  const view = viewOf(last?.["view"]);
  return view && last ? { view, place: placeOf(last["place"]) } : null;
}

let rest: ReturnType<typeof setTimeout> | undefined;

/** Saves the view after a pause. Searches are not saved. */
export function saveLastPlace(last: LastPlace): void {
  if (last.view.view === "search") return;
  clearTimeout(rest);
  rest = setTimeout(() => remember(NAME, last), REST);
}
