// Owns the promise that the position never jumps: finds the picture to hold on
// to, and where to scroll so that it stays. Knows nothing of the DOM.
import { firstBelow, type Layout } from "./layout";

export type Shown = {
  layout: Layout;
  ids: readonly string[];
  scrollTop: number;
  viewHeight: number;
};

/** Within this of the top, the reader is at the newest image. */
export const AT_TOP = 8;

/**
 * Returns where to scroll in `after` so that the first image that was on screen
 * and is still there keeps its place. `prefer` is held instead if it was visible.
 */
export function keepAnchor(
  before: Shown,
  after: Layout,
  indexAfter: (id: string) => number,
  prefer: string | null = null,
): number {
  if (before.scrollTop <= AT_TOP) return before.scrollTop;
  const rowAt = (layout: Layout, index: number) => layout.rows[layout.rowOf[index] ?? -1];
  const end = before.scrollTop + before.viewHeight;

  const favourite = prefer === null ? -1 : before.ids.indexOf(prefer);
  const favouriteRow = favourite < 0 ? undefined : rowAt(before.layout, favourite);
  const visible =
    favouriteRow &&
    favouriteRow.top + favouriteRow.height > before.scrollTop &&
    favouriteRow.top < end;
  const first = before.layout.rows[firstBelow(before.layout.rows, before.scrollTop)]?.first;
  if (first === undefined) return before.scrollTop;

  for (let index = visible ? favourite : first; index < before.ids.length; index++) {
    const next = indexAfter(before.ids[index] ?? "");
    const from = rowAt(before.layout, index);
    const to = next < 0 ? undefined : rowAt(after, next);
    if (from && to) return Math.max(0, before.scrollTop + to.top - from.top);
  }
  return before.scrollTop;
}

/** Returns where to scroll so that a row is on screen; the same place when it is. */
export function reveal(
  layout: Layout,
  index: number,
  scrollTop: number,
  viewHeight: number,
  header: number,
): number {
  const row = layout.rows[layout.rowOf[index] ?? -1];
  if (!row) return scrollTop;
  const margin = 12;
  if (row.top - header - margin < scrollTop) {
    const section = layout.sections[row.section];
    // The first row of a day brings its header along.
    return section?.first === row.first ? section.top : Math.max(0, row.top - header - margin);
  }
  const bottom = row.top + row.height + margin;
  return bottom > scrollTop + viewHeight
    ? Math.min(bottom - viewHeight, Math.max(0, row.top - header - margin))
    : scrollTop;
}
