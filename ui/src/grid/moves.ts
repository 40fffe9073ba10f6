// Owns how the keys move through the grid.
import type { CurrentSelection } from "../state/current-selection.svelte";
import type { Direction } from "../state/parts.svelte";
import { neighbourOf } from "./layout";
import type { Viewport } from "./viewport.svelte";

/** Moves the keyboard to the next picture in a direction, and brings that on screen. */
export function moveActive(
  selection: CurrentSelection,
  viewport: Viewport,
  direction: Direction,
  extend: boolean,
): void {
  const { header, height, images, layout, listing } = viewport;
  const { active } = selection.selected;
  // The first key only shows where the keyboard is. Home and End go there at once.
  const isPlace = direction === "home" || direction === "end";
  const next =
    active < 0 && !isPlace
      ? viewport.firstSeen()
      : neighbourOf(layout, active, direction, height - header);
  if (next < 0 || next >= images.count) return;
  selection.choose(next, extend ? "range" : "only");
  viewport.show(next);
  if (direction !== "end" || listing.complete) return;

  const id = images.idAt(next);
  void listing.whole().then(() => {
    // Continues to the end once it is known, unless the reader has moved since.
    const isHere = viewport.listing === listing;
    if (!isHere || selection.selected.active !== listing.indexOf(id)) return;
    if (listing.complete) moveActive(selection, viewport, "end", extend);
  });
}
