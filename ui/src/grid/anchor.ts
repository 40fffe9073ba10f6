// Owns what keeps the position from jumping: finds the picture to keep in place,
// and where to scroll so that it stays. Knows nothing of the DOM.
import { firstRowBelow, rowOf, sectionOf, type Layout } from "./layout";

/** A picture, and how far its row is below the top of the window, in px. */
export type Anchor = { index: number; offset: number };
export type Shown = { layout: Layout; scrollTop: number; viewHeight: number };

/** Within this distance of the top, the reader is at the newest image. */
export const AT_TOP = 8;

/**
 * Returns the anchor: `prefer` if it is on screen, else the first picture that is.
 * Null for a reader at the top, who sees new pictures.
 */
export function anchorOf({ layout, scrollTop, viewHeight }: Shown, prefer = -1): Anchor | null {
  if (scrollTop <= AT_TOP || layout.rows === 0) return null;
  const held = (row: number, index: number): Anchor => {
    return { index, offset: (layout.rowTops[row] ?? 0) - scrollTop };
  };
  const row = rowOf(layout, prefer);
  const top = layout.rowTops[row] ?? Infinity;
  const isSeen = top < scrollTop + viewHeight && top + (layout.rowHeights[row] ?? 0) > scrollTop;
  if (row >= 0 && isSeen) return held(row, prefer);
  const first = Math.min(layout.rows - 1, firstRowBelow(layout, scrollTop));
  return held(first, layout.rowFirsts[first] ?? 0);
}

/** Returns the anchor in a list that changed: the picture itself, or the next one that stays. */
export function followAnchor(anchor: Anchor, moves: Int32Array): Anchor | null {
  for (let at = anchor.index; at < moves.length; at++) {
    const to = moves[at] ?? -1;
    if (to >= 0) return { ...anchor, index: to };
  }
  return null;
}

/** Returns where to scroll so that the picture is where it was. */
export function topFor(layout: Layout, { index, offset }: Anchor): number {
  const row = rowOf(layout, index);
  return row < 0 ? 0 : Math.max(0, (layout.rowTops[row] ?? 0) - offset);
}

/** Returns where to scroll so that a row is on screen; the same place if it already is. */
export function topToReveal(
  layout: Layout,
  index: number,
  scrollTop: number,
  viewHeight: number,
  header: number,
): number {
  const row = rowOf(layout, index);
  if (row < 0) return scrollTop;
  const top = layout.rowTops[row] ?? 0;
  const margin = 12;
  const above = Math.max(0, top - header - margin);
  if (top - header - margin < scrollTop) {
    const section = layout.sections[sectionOf(layout, index)];
    // The first row of a day is shown with its header.
    return section?.firstRow === row ? section.top : above;
  }
  const bottom = top + (layout.rowHeights[row] ?? 0) + margin;
  return bottom > scrollTop + viewHeight ? Math.min(bottom - viewHeight, above) : scrollTop;
}
