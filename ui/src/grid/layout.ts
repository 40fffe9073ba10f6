// Owns the geometry of the grid: justified rows, or squares, under day headers.
// A pure function of a packed list of any length; knows nothing of the DOM or of
// pixels on screen.
import type { Direction } from "../state/parts.svelte";
import { dayAfter, dayStart } from "./days";

/** What is laid out, in any order. Ratios are limited to what can be drawn. */
export type Items = {
  readonly count: number;
  readonly moments: Float64Array;
  /** width by height, in units of `unit` */
  readonly ratios: Uint16Array;
};
export type LayoutOptions = {
  /** px available to a row */
  width: number;
  /** px a row aims at */
  rowHeight: number;
  gap: number;
  headerHeight: number;
  /** all pictures are drawn as squares */
  square: boolean;
  /** the moments are times; otherwise all items are in one section */
  hasDays: boolean;
  /** the value of a ratio of one */
  unit: number;
};
export type Cell = { index: number; left: number; width: number };
/** A day, by when it begins; or all images, if they have no days. */
export type Section = {
  day: number;
  first: number;
  count: number;
  top: number;
  height: number;
  firstRow: number;
};
export type Layout = {
  options: LayoutOptions;
  items: Items;
  rows: number;
  rowTops: Float64Array;
  rowHeights: Uint16Array;
  /** the first item of each row, and the number of items at the end */
  rowFirsts: Uint32Array;
  sections: Section[];
  height: number;
};

/** How far a last row may grow to fill the width. Beyond that it stays ragged. */
const LAST_ROW_STRETCH = 1.25;
const MIN_WIDTH = 48;

/** Rows that grow in number while they are laid out. */
class Rows {
  tops = new Float64Array(1024);
  heights = new Uint16Array(1024);
  firsts = new Uint32Array(1024);
  count = 0;

  push(top: number, height: number, first: number): void {
    if (this.count === this.tops.length) this.#grow();
    this.tops[this.count] = top;
    this.heights[this.count] = height;
    this.firsts[this.count++] = first;
  }

  #grow(): void {
    const room = this.count * 2;
    const [tops, heights, firsts] = [
      new Float64Array(room),
      new Uint16Array(room),
      new Uint32Array(room),
    ];
    tops.set(this.tops);
    heights.set(this.heights);
    firsts.set(this.firsts);
    Object.assign(this, { tops, heights, firsts });
  }
}

/** Lays images out. Days that stayed the same are copied from `before`. */
export function layoutGrid(
  items: Items,
  options: LayoutOptions,
  before: Layout | null = null,
  moves: Int32Array | null = null,
): Layout {
  const rows = new Rows();
  const sections: Section[] = [];
  // Without days, images between the ends of a section may change places.
  const isAlike = options.hasDays && before !== null && sameOptions(before.options, options);
  const known = isAlike && moves ? daysOf(before) : null;
  let top = 0;
  for (let first = 0; first < items.count;) {
    const day = options.hasDays ? dayStart(items.moments[first] ?? 0) : 0;
    const end = options.hasDays ? endOfDay(items, first, day) : items.count;
    const section = { day, first, count: end - first, top, height: 0, firstRow: rows.count };
    const same = known?.get(day);
    if (before && moves && same && isUnchanged(same, section, moves)) {
      copyRows(before, same, section, rows);
      top += same.height;
    } else {
      top = fillDay(items, options, first, end, top + options.headerHeight, rows);
    }
    section.height = top - section.top;
    sections.push(section);
    first = end;
  }
  rows.push(top, 0, items.count);
  return {
    options,
    items,
    rows: rows.count - 1,
    rowTops: rows.tops.slice(0, rows.count),
    rowHeights: rows.heights.slice(0, rows.count),
    rowFirsts: rows.firsts.slice(0, rows.count),
    sections,
    height: top,
  };
}

function sameOptions(a: LayoutOptions, b: LayoutOptions): boolean {
  return (Object.keys(a) as (keyof LayoutOptions)[]).every((key) => a[key] === b[key]);
}

function daysOf(layout: Layout): Map<number, Section> {
  return new Map(layout.sections.map((section) => [section.day, section]));
}

function isUnchanged(before: Section, now: Section, moves: Int32Array): boolean {
  const last = before.count - 1;
  // Moves keep the order, so nothing was added or removed between the ends.
  return (
    before.count === now.count &&
    moves[before.first] === now.first &&
    moves[before.first + last] === now.first + last
  );
}

function copyRows(before: Layout, from: Section, to: Section, rows: Rows): void {
  const end = from.first + from.count;
  for (let row = from.firstRow; (before.rowFirsts[row] ?? end) < end; row++) {
    rows.push(
      (before.rowTops[row] ?? 0) - from.top + to.top,
      before.rowHeights[row] ?? 0,
      (before.rowFirsts[row] ?? 0) - from.first + to.first,
    );
  }
}

function endOfDay({ count, moments }: Items, first: number, day: number): number {
  const next = dayAfter(day);
  let end = first + 1;
  while (end < count && (moments[end] ?? 0) >= day && (moments[end] ?? 0) < next) end++;
  return end;
}

const widthOf = (options: LayoutOptions) => Math.max(MIN_WIDTH, Math.floor(options.width));

/** The number of squares in a row, and their side in px. */
function squares(options: LayoutOptions): { perRow: number; side: number } {
  const { rowHeight, gap } = options;
  const width = widthOf(options);
  const perRow = Math.max(1, Math.round((width + gap) / (rowHeight + gap)));
  return { perRow, side: (width - gap * (perRow - 1)) / perRow };
}

function fillDay(
  items: Items,
  options: LayoutOptions,
  start: number,
  end: number,
  below: number,
  rows: Rows,
): number {
  let top = below;
  const { gap } = options;
  if (options.square) {
    const { perRow, side } = squares(options);
    const height = Math.max(1, Math.round(side));
    for (let first = start; first < end; first += perRow) {
      rows.push(top, height, first);
      top += height + gap;
    }
    return top;
  }
  for (let first = start; first < end;) {
    const last = endOfRow(items, options, first, end);
    const height = Math.max(1, Math.round(exactHeight(items, options, first, last, last === end)));
    rows.push(top, height, first);
    top += height + gap;
    first = last;
  }
  return top;
}

/** Returns where the row that begins at `first` ends. */
function endOfRow(items: Items, options: LayoutOptions, first: number, end: number): number {
  const { rowHeight, gap, unit } = options;
  const width = widthOf(options);
  let sum = 0;
  for (let i = first; i < end; i++) {
    const ratio = (items.ratios[i] ?? unit) / unit;
    const height = heightOf(sum + ratio, i - first + 1, width, gap);
    if (height <= rowHeight) {
      const without = i > first ? heightOf(sum, i - first, width, gap) : Infinity;
      // Whichever of the two is nearer to the wanted height, as a ratio.
      const tooTall = without / rowHeight;
      const tooFlat = rowHeight / Math.max(1, height);
      return tooTall < tooFlat ? i : i + 1;
    }
    sum += ratio;
  }
  return end;
}

function heightOf(ratios: number, count: number, width: number, gap: number): number {
  return (width - gap * (count - 1)) / ratios;
}

/** Returns the height of a row before it is rounded. */
function exactHeight(
  items: Items,
  options: LayoutOptions,
  first: number,
  end: number,
  isLast: boolean,
): number {
  let sum = 0;
  for (let i = first; i < end; i++) sum += (items.ratios[i] ?? options.unit) / options.unit;
  const full = heightOf(sum, end - first, widthOf(options), options.gap);
  return isLast && full > options.rowHeight * LAST_ROW_STRETCH ? options.rowHeight : full;
}

/** Returns where the pictures of a row are. */
export function cellsOf(layout: Layout, row: number): Cell[] {
  const { items, options } = layout;
  const { gap, unit } = options;
  const first = layout.rowFirsts[row] ?? 0;
  const end = layout.rowFirsts[row + 1] ?? first;
  const section = layout.sections[sectionOf(layout, first)];
  const isLast = section !== undefined && end === section.first + section.count;
  const exact = options.square
    ? squares(options).side
    : exactHeight(items, options, first, end, isLast);
  const cells: Cell[] = [];
  let ratios = 0;
  for (let i = first; i < end; i++) {
    // Edges are rounded, not widths, so that whole pixels add up to the row.
    const left = Math.round(ratios * exact) + gap * (i - first);
    ratios += options.square ? 1 : (items.ratios[i] ?? unit) / unit;
    const right = Math.round(ratios * exact) + gap * (i - first);
    cells.push({ index: i, left, width: Math.max(1, right - left) });
  }
  return cells;
}

/** Returns the first of `count` for which `isBehind` no longer holds. */
function firstNot(count: number, isBehind: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBehind(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the day an item is in. */
export function sectionOf(layout: Layout, index: number): number {
  return firstNot(layout.sections.length, (at) => (layout.sections[at]?.first ?? 0) <= index) - 1;
}

/** Returns the row an item is in, or -1. */
export function rowOf(layout: Layout, index: number): number {
  if (index < 0 || index >= layout.items.count) return -1;
  return firstNot(layout.rows, (row) => (layout.rowFirsts[row] ?? 0) <= index) - 1;
}

const bottomOf = (layout: Layout, row: number) =>
  (layout.rowTops[row] ?? 0) + (layout.rowHeights[row] ?? 0);

/** Returns the first row whose bottom lies below `y`. */
export function firstRowBelow(layout: Layout, y: number): number {
  return firstNot(layout.rows, (row) => bottomOf(layout, row) <= y);
}

/** Returns the first day whose end lies below `y`. */
export function firstDayBelow({ sections }: Layout, y: number): number {
  return firstNot(sections.length, (at) => {
    const section = sections[at];
    return section !== undefined && section.top + section.height <= y;
  });
}

export type Range = { first: number; last: number };

/** Returns the half-open range of rows that touch [from, to). */
export function rowsTouching(layout: Layout, from: number, to: number): Range {
  const first = firstRowBelow(layout, from);
  const last = firstNot(layout.rows, (row) => (layout.rowTops[row] ?? 0) < to);
  return { first, last: Math.max(first, last) };
}

/** Returns the half-open range of days that touch [from, to). */
export function daysTouching(layout: Layout, from: number, to: number): Range {
  const first = firstDayBelow(layout, from);
  const last = firstNot(layout.sections.length, (at) => (layout.sections[at]?.top ?? 0) < to);
  return { first, last: Math.max(first, last) };
}

/** Returns the item that lies in a direction; never leaves the list. */
export function neighbourOf(
  layout: Layout,
  index: number,
  direction: Direction,
  viewHeight: number,
): number {
  const { count } = layout.items;
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
      const here = Math.max(0, rowOf(layout, index));
      const to = rowToward(layout, here, direction, viewHeight);
      return to === here ? index : nearestCell(layout, index, here, to);
    }
  }
}

function rowToward(layout: Layout, here: number, direction: Direction, viewHeight: number): number {
  const last = layout.rows - 1;
  if (direction === "up") return Math.max(0, here - 1);
  if (direction === "down") return Math.min(last, here + 1);
  const top = layout.rowTops[here] ?? 0;
  if (direction === "pagedown") {
    const to = Math.min(last, firstRowBelow(layout, top + viewHeight));
    return Math.max(to, Math.min(last, here + 1));
  }
  const to = firstRowBelow(layout, Math.max(0, top - viewHeight));
  return Math.min(to, Math.max(0, here - 1));
}

function nearestCell(layout: Layout, index: number, from: number, to: number): number {
  const cell = cellsOf(layout, from).find((each) => each.index === index);
  const centre = cell ? cell.left + cell.width / 2 : 0;
  let best = index;
  let distance = Infinity;
  for (const each of cellsOf(layout, to)) {
    const off = Math.abs(each.left + each.width / 2 - centre);
    if (off < distance) {
      distance = off;
      best = each.index;
    }
  }
  return best;
}
