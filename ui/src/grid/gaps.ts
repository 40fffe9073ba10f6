// Owns the gaps between the pictures of the grid, into which pictures can be moved.
// Knows nothing of the DOM.
import type { Gap } from "../state/dragging";
import { cellsOf, firstRowBelow, rowOf, type Layout } from "./layout";
import type { Point } from "./marquee";

/** Returns the gap that is nearest to a point of the grid. */
export function gapIn(layout: Layout, { x, y }: Point): Gap {
  const row = Math.min(layout.rows - 1, firstRowBelow(layout, y));
  const cells = row < 0 ? [] : cellsOf(layout, row);
  const next = cells.find(({ left, width }) => x < left + width / 2);
  if (next) return { position: next.index, isRowEnd: false };
  return { position: (cells.at(-1)?.index ?? -1) + 1, isRowEnd: cells.length > 0 };
}

/** Returns the middle of a gap across, and the height of its row, in px; null if it does not exist. */
export function placeOfGap(
  layout: Layout,
  { isRowEnd, position }: Gap,
): { x: number; top: number; height: number } | null {
  const beside = isRowEnd ? position - 1 : position;
  const row = rowOf(layout, beside);
  if (row < 0) return null;
  const cell = cellsOf(layout, row).find(({ index }) => index === beside);
  if (!cell) return null;
  const half = layout.options.gap / 2;
  return {
    x: isRowEnd ? cell.left + cell.width + half : cell.left - half,
    top: layout.rowTops[row] ?? 0,
    height: layout.rowHeights[row] ?? 0,
  };
}
