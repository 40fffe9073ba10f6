import { describe, expect, it } from "vitest";
import { RATIO_UNIT } from "../state/image-index";
import {
  cellsOf,
  daysTouching,
  layoutGrid,
  neighbourOf,
  rowOf,
  rowsTouching,
  sectionOf,
  type Items,
  type Layout,
  type LayoutOptions,
} from "./layout";
import { daysAgo, itemsOf, laidOut, random, squares } from "./layout.fixture";

type Made = { ratio: number; moment: number };
type Case = { list: Made[]; items: Items; options: LayoutOptions };

function cases(): Case[] {
  return Array.from({ length: 80 }, (_, seed) => {
    const next = random(seed + 1);
    const list: Made[] = [];
    const days = 1 + Math.floor(next() * 12);
    for (let day = 0; day < days; day++) {
      const count = 1 + Math.floor(next() * 40);
      for (let i = 0; i < count; i++) {
        list.push({ ratio: 0.2 + next() * 5, moment: daysAgo(day) - i });
      }
    }
    const options = {
      ...laidOut,
      width: 300 + next() * 2400,
      rowHeight: 96 + next() * 544,
      square: seed % 4 === 0,
    };
    // Every third is shown from the other end.
    if (seed % 3 === 0) list.reverse();
    return { list, items: itemsOf(list), options };
  });
}

const rowsOf = (layout: Layout) =>
  Array.from({ length: layout.rows }, (_, row) => ({
    row,
    top: layout.rowTops[row] ?? 0,
    height: layout.rowHeights[row] ?? 0,
    cells: cellsOf(layout, row),
  }));
const dayOf = (moment: number) => new Date(moment).setHours(0, 0, 0, 0);

describe("the layout of the grid", () => {
  it("places every image exactly once and keeps their order", () => {
    for (const { items, options } of cases()) {
      const layout = layoutGrid(items, options);
      const order = rowsOf(layout).flatMap(({ cells }) => cells.map(({ index }) => index));
      expect(order).toEqual(Array.from({ length: items.count }, (_, index) => index));
      expect(layout.sections.reduce((sum, { count }) => sum + count, 0)).toBe(items.count);
    }
  });

  it("fills the width with every row but the last of a day", () => {
    for (const { items, options } of cases()) {
      const layout = layoutGrid(items, options);
      const width = Math.floor(options.width);
      for (const { cells } of rowsOf(layout)) {
        const end = cells.at(-1);
        const right = (end?.left ?? 0) + (end?.width ?? 0);
        expect(right).toBeLessThanOrEqual(width);
        const next = (end?.index ?? 0) + 1;
        const isLast =
          next === items.count || sectionOf(layout, next) !== sectionOf(layout, next - 1);
        if (!isLast) expect(right).toBe(width);
      }
    }
  });

  it("leaves the same gap between all images of a row", () => {
    for (const { items, options } of cases()) {
      for (const { cells } of rowsOf(layoutGrid(items, options))) {
        cells.slice(1).forEach((cell, i) => {
          const before = cells[i];
          expect(cell.left - ((before?.left ?? 0) + (before?.width ?? 0))).toBe(6);
        });
      }
    }
  });

  it("keeps the proportions of pictures to within a pixel", () => {
    for (const { items, options } of cases()) {
      for (const { height, cells } of rowsOf(layoutGrid(items, options))) {
        for (const cell of cells) {
          const ratio = options.square ? 1 : (items.ratios[cell.index] ?? 0) / RATIO_UNIT;
          expect(Math.abs(cell.width - ratio * height)).toBeLessThanOrEqual(2 + ratio);
        }
      }
    }
  });

  it("never lets rows or days overlap", () => {
    for (const { items, options } of cases()) {
      const layout = layoutGrid(items, options);
      const rows = rowsOf(layout);
      rows.forEach(({ top, height }, index) => {
        const next = rows[index + 1];
        if (next) expect(next.top).toBeGreaterThanOrEqual(top + height + 6);
      });
      layout.sections.forEach((section, index) => {
        const next = layout.sections[index + 1];
        expect(section.top + section.height).toBe(next ? next.top : layout.height);
        expect(layout.rowFirsts[section.firstRow]).toBe(section.first);
      });
    }
  });

  it("never mixes two days in one row", () => {
    for (const { list, items, options } of cases()) {
      for (const { cells } of rowsOf(layoutGrid(items, options))) {
        expect(new Set(cells.map(({ index }) => dayOf(list[index]?.moment ?? 0))).size).toBe(1);
      }
    }
  });

  it("lays a changed list out the same with or without the last layout", () => {
    cases().forEach(({ list, items, options }, seed) => {
      const next = random(seed + 1000);
      const before = layoutGrid(items, options);
      const kept = list.map((made) => ({ made, stays: next() > 0.05 }));
      const later = kept
        .filter(({ stays }) => stays)
        .map(({ made }) => made)
        .concat(Array.from({ length: 5 }, () => ({ ratio: 1, moment: daysAgo(next() * 12) })))
        .sort((a, b) => b.moment - a.moment);
      const moves = Int32Array.from(kept, ({ made, stays }) => (stays ? later.indexOf(made) : -1));
      const changed = itemsOf(later);
      expect(layoutGrid(changed, options, before, moves)).toEqual(layoutGrid(changed, options));
    });
  });

  it("ignores the last layout when the window or the size changed", () => {
    const items = squares(50);
    const before = layoutGrid(items, laidOut);
    const moves = Int32Array.from({ length: 50 }, (_, at) => at);
    for (const change of [{ width: 500 }, { rowHeight: 160 }, { square: true }]) {
      const options = { ...laidOut, ...change };
      expect(layoutGrid(items, options, before, moves)).toEqual(layoutGrid(items, options));
    }
  });

  it("lays three squares out in one row", () => {
    const layout = layoutGrid(squares(3), laidOut);
    expect(rowsOf(layout)).toEqual([
      {
        row: 0,
        top: 40,
        height: 100,
        cells: [
          { index: 0, left: 0, width: 100 },
          { index: 1, left: 106, width: 100 },
          { index: 2, left: 212, width: 100 },
        ],
      },
    ]);
    expect(layout.height).toBe(146);
  });

  it("draws squares of one size, in the last row too", () => {
    const list = [3, 0.5, 1, 2, 0.4].map((ratio, at) => ({ ratio, moment: daysAgo(0) - at }));
    const layout = layoutGrid(itemsOf(list), { ...laidOut, square: true });
    expect(rowsOf(layout).flatMap(({ cells }) => cells.map(({ width }) => width))).toEqual([
      100, 100, 100, 100, 100,
    ]);
    expect([...layout.rowHeights.slice(0, 2)]).toEqual([100, 100]);
  });

  it("treats an unknown size as a square", () => {
    const items = itemsOf([{ ratio: NaN, moment: daysAgo(0) }]);
    const layout = layoutGrid(items, { ...laidOut, width: 900, rowHeight: 200 });
    expect(cellsOf(layout, 0)[0]?.width).toBe(200);
  });

  it("is empty for no images", () => {
    expect(layoutGrid(squares(0), laidOut)).toMatchObject({ height: 0, rows: 0, sections: [] });
  });

  it("lays a million out", () => {
    const next = random(7);
    const many = Array.from({ length: 1_000_000 }, (_, at) => {
      return { ratio: 0.5 + next() * 1.5, moment: daysAgo(0) - at * 90_000 };
    });
    const layout = layoutGrid(itemsOf(many), { ...laidOut, width: 1280, rowHeight: 200 });
    expect(layout.height).toBeGreaterThan(33_000_000);
    expect(rowOf(layout, 999_999)).toBe(layout.rows - 1);
    expect(layout.rowFirsts[layout.rows]).toBe(1_000_000);
  });
});

describe("what is on screen", () => {
  it("is exactly the rows and days that touch the window", () => {
    for (const { items, options } of cases()) {
      const layout = layoutGrid(items, options);
      for (const part of [0, 0.3, 0.9]) {
        const from = layout.height * part;
        const rows = rowsTouching(layout, from, from + 500);
        rowsOf(layout).forEach(({ row, top, height }) => {
          const seen = top + height > from && top < from + 500;
          expect(row >= rows.first && row < rows.last).toBe(seen);
        });
        const days = daysTouching(layout, from, from + 500);
        layout.sections.forEach(({ top, height }, day) => {
          const seen = top + height > from && top < from + 500;
          expect(day >= days.first && day < days.last).toBe(seen);
        });
      }
    }
  });
});

describe("moving through the grid", () => {
  const layout = layoutGrid(squares(9), laidOut);

  it("goes to the picture straight above or below", () => {
    expect(neighbourOf(layout, 4, "up", 300)).toBe(1);
    expect(neighbourOf(layout, 4, "down", 300)).toBe(7);
  });

  it("stays at the edges", () => {
    expect(neighbourOf(layout, 0, "left", 300)).toBe(0);
    expect(neighbourOf(layout, 1, "up", 300)).toBe(1);
    expect(neighbourOf(layout, 8, "right", 300)).toBe(8);
    expect(neighbourOf(layout, 7, "down", 300)).toBe(7);
  });

  it("jumps to both ends and by pages", () => {
    expect(neighbourOf(layout, 4, "home", 300)).toBe(0);
    expect(neighbourOf(layout, 4, "end", 300)).toBe(8);
    expect(neighbourOf(layout, 1, "pagedown", 212)).toBe(7);
    expect(neighbourOf(layout, 7, "pageup", 212)).toBe(1);
  });

  it("moves on with a page key, even in a low window", () => {
    expect(neighbourOf(layout, 1, "pagedown", 10)).toBe(4);
    expect(neighbourOf(layout, 7, "pageup", 10)).toBe(4);
  });
});

it("lays out a list without days as one section, whatever its values", () => {
  const items = itemsOf([5, 5, 0, 0].map((moment) => ({ ratio: 1, moment })));
  const layout = layoutGrid(items, { ...laidOut, hasDays: false, headerHeight: 12 });
  expect(layout.sections).toHaveLength(1);
  expect([layout.rows, layout.rowTops[0], layout.rowFirsts[1]]).toEqual([2, 12, 3]);
});
