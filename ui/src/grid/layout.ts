// Owns the geometry of the grid: justified rows under day headers. A pure
// function of its input; knows nothing of the DOM, of pixels on screen or of time.

export type LayoutItem = {
  /** width / height; anything not finite and positive counts as a square */
  ratio: number;
  /** items of one group follow each other */
  group: string;
};
export type LayoutOptions = {
  /** px available to a row */
  width: number;
  /** px a row aims at */
  rowHeight: number;
  gap: number;
  headerHeight: number;
};
export type Cell = { index: number; left: number; width: number };
export type Row = { top: number; height: number; first: number; cells: Cell[]; section: number };
export type Section = { group: string; first: number; count: number; top: number; height: number };
export type Layout = {
  rows: Row[];
  sections: Section[];
  /** row of each item */
  rowOf: Int32Array;
  height: number;
};

/** Beyond these a picture is cropped in the grid rather than drawn as a sliver. */
export const RATIO_MIN = 0.4;
export const RATIO_MAX = 3.6;
/** A last row may grow this far to fill the width before it stays ragged. */
const LAST_ROW_STRETCH = 1.25;

const MIN_WIDTH = 48;

export function clampRatio(ratio: number): number {
  if (!Number.isFinite(ratio) || ratio <= 0) return 1;
  return Math.min(RATIO_MAX, Math.max(RATIO_MIN, ratio));
}

export function layoutGrid(items: readonly LayoutItem[], options: LayoutOptions): Layout {
  const width = Math.max(MIN_WIDTH, Math.floor(options.width));
  const { rowHeight, gap, headerHeight } = options;
  const rows: Row[] = [];
  const sections: Section[] = [];
  const rowOf = new Int32Array(items.length);
  let top = 0;

  for (let start = 0; start < items.length;) {
    const group = items[start]?.group ?? "";
    let end = start + 1;
    while (end < items.length && items[end]?.group === group) end++;

    const section: Section = { group, first: start, count: end - start, top, height: 0 };
    top += headerHeight;
    for (let first = start; first < end;) {
      const { last, full } = takeRow(items, first, end, width, rowHeight, gap);
      const row = placeRow(items, first, last, full, width, rowHeight, gap);
      rowOf.fill(rows.length, first, last);
      rows.push({ ...row, top, first, section: sections.length });
      top += row.height + gap;
      first = last;
    }
    section.height = top - section.top;
    sections.push(section);
    start = end;
  }
  return { rows, sections, rowOf, height: top };
}

/** Returns where the row that begins at `first` ends, and whether it fills the width. */
function takeRow(
  items: readonly LayoutItem[],
  first: number,
  end: number,
  width: number,
  rowHeight: number,
  gap: number,
): { last: number; full: boolean } {
  let sum = 0;
  for (let i = first; i < end; i++) {
    const ratio = clampRatio(items[i]?.ratio ?? 1);
    const height = heightOf(sum + ratio, i - first + 1, width, gap);
    if (height <= rowHeight) {
      const without = i > first ? heightOf(sum, i - first, width, gap) : Infinity;
      // The nearer of the two to the wished height, measured as a proportion.
      const tooTall = without / rowHeight;
      const tooFlat = rowHeight / Math.max(1, height);
      return tooTall < tooFlat ? { last: i, full: true } : { last: i + 1, full: true };
    }
    sum += ratio;
  }
  const natural = heightOf(sum, end - first, width, gap);
  return { last: end, full: natural <= rowHeight * LAST_ROW_STRETCH };
}

function heightOf(ratios: number, count: number, width: number, gap: number): number {
  return (width - gap * (count - 1)) / ratios;
}

function placeRow(
  items: readonly LayoutItem[],
  first: number,
  last: number,
  full: boolean,
  width: number,
  rowHeight: number,
  gap: number,
): { height: number; cells: Cell[] } {
  const count = last - first;
  let sum = 0;
  for (let i = first; i < last; i++) sum += clampRatio(items[i]?.ratio ?? 1);
  const exact = full ? heightOf(sum, count, width, gap) : rowHeight;
  const cells: Cell[] = [];
  let ratios = 0;
  for (let i = first; i < last; i++) {
    // Edges are rounded, not widths, so that whole pixels add up to the row.
    const left = Math.round(ratios * exact) + gap * (i - first);
    ratios += clampRatio(items[i]?.ratio ?? 1);
    const right = full && i === last - 1 ? width : Math.round(ratios * exact) + gap * (i - first);
    cells.push({ index: i, left, width: Math.max(1, right - left) });
  }
  return { height: Math.max(1, Math.round(exact)), cells };
}

/** Returns the first element whose bottom lies below `y`, as an index into a list ordered by top. */
export function firstBelow(list: readonly { top: number; height: number }[], y: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = list[middle];
    if (entry && entry.top + entry.height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the half-open range of list entries that touch [from, to). */
export function touching(
  list: readonly { top: number; height: number }[],
  from: number,
  to: number,
): { first: number; last: number } {
  const first = firstBelow(list, from);
  let last = first;
  while (last < list.length && (list[last]?.top ?? Infinity) < to) last++;
  return { first, last };
}

export type Direction = "left" | "right" | "up" | "down" | "home" | "end" | "pageup" | "pagedown";

/** Returns the item that lies in a direction; never leaves the list. */
export function neighbour(
  layout: Layout,
  index: number,
  direction: Direction,
  viewHeight: number,
): number {
  const count = layout.rowOf.length;
  if (count === 0) return -1;
  switch (direction) {
    case "left":
      return Math.max(0, index - 1);
    case "right":
      return Math.min(count - 1, index + 1);
    case "home":
      return 0;
    case "end":
      return count - 1;
    case "up":
    case "down":
    case "pageup":
    case "pagedown": {
      const here = layout.rowOf[index] ?? 0;
      const to = rowToward(layout, here, direction, viewHeight);
      return to === here ? index : nearestCell(layout, index, here, to);
    }
  }
}

function rowToward(layout: Layout, here: number, direction: Direction, viewHeight: number): number {
  const last = layout.rows.length - 1;
  if (direction === "up") return Math.max(0, here - 1);
  if (direction === "down") return Math.min(last, here + 1);
  const top = layout.rows[here]?.top ?? 0;
  if (direction === "pagedown") {
    const to = Math.min(last, firstBelow(layout.rows, top + viewHeight));
    return Math.max(to, Math.min(last, here + 1));
  }
  const to = firstBelow(layout.rows, Math.max(0, top - viewHeight));
  return Math.min(to, Math.max(0, here - 1));
}

function nearestCell(layout: Layout, index: number, from: number, to: number): number {
  const cell = layout.rows[from]?.cells.find((each) => each.index === index);
  const centre = cell ? cell.left + cell.width / 2 : 0;
  let best = index;
  let distance = Infinity;
  for (const each of layout.rows[to]?.cells ?? []) {
    const off = Math.abs(each.left + each.width / 2 - centre);
    if (off < distance) {
      distance = off;
      best = each.index;
    }
  }
  return best;
}
