import { describe, expect, it } from "vitest";
import { layoutGrid, neighbour, touching, RATIO_MAX, RATIO_MIN, type LayoutItem } from "./layout";

/** A small generator with a fixed seed, so that a failure can be seen again. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Case = { items: LayoutItem[]; width: number; rowHeight: number };

function cases(): Case[] {
  return Array.from({ length: 60 }, (_, seed) => {
    const next = random(seed + 1);
    const items: LayoutItem[] = [];
    const days = 1 + Math.floor(next() * 12);
    for (let day = 0; day < days; day++) {
      const count = 1 + Math.floor(next() * 40);
      for (let i = 0; i < count; i++) {
        items.push({ ratio: 0.2 + next() * 5, group: `day ${day}` });
      }
    }
    return { items, width: 300 + next() * 2400, rowHeight: 96 + next() * 544 };
  });
}

const options = (each: Case) => ({
  width: each.width,
  rowHeight: each.rowHeight,
  gap: 6,
  headerHeight: 40,
});

describe("the layout of the grid", () => {
  it("places every image exactly once and keeps their order", () => {
    for (const each of cases()) {
      const layout = layoutGrid(each.items, options(each));
      const order = layout.rows.flatMap((row) => row.cells.map((cell) => cell.index));
      expect(order).toEqual(each.items.map((_, index) => index));
      expect(layout.sections.reduce((sum, section) => sum + section.count, 0)).toBe(
        each.items.length,
      );
    }
  });

  it("fills the width with every row but the last of a day", () => {
    for (const each of cases()) {
      const layout = layoutGrid(each.items, options(each));
      const width = Math.floor(each.width);
      layout.rows.forEach((row, index) => {
        const end = row.cells.at(-1);
        const right = (end?.left ?? 0) + (end?.width ?? 0);
        expect(right).toBeLessThanOrEqual(width);
        if (layout.rows[index + 1]?.section === row.section) expect(right).toBe(width);
      });
    }
  });

  it("leaves the same gap between all images of a row", () => {
    for (const each of cases()) {
      for (const row of layoutGrid(each.items, options(each)).rows) {
        row.cells.slice(1).forEach((cell, i) => {
          const before = row.cells[i];
          expect(cell.left - ((before?.left ?? 0) + (before?.width ?? 0))).toBe(6);
        });
      }
    }
  });

  it("keeps the proportions of ordinary pictures to within a pixel", () => {
    for (const each of cases()) {
      for (const row of layoutGrid(each.items, options(each)).rows) {
        for (const cell of row.cells) {
          const ratio = each.items[cell.index]?.ratio ?? 1;
          if (ratio < RATIO_MIN || ratio > RATIO_MAX) continue;
          expect(Math.abs(cell.width - ratio * row.height)).toBeLessThanOrEqual(2 + ratio);
        }
      }
    }
  });

  it("never lets rows or days overlap", () => {
    for (const each of cases()) {
      const layout = layoutGrid(each.items, options(each));
      layout.rows.forEach((row, index) => {
        const next = layout.rows[index + 1];
        if (next) expect(next.top).toBeGreaterThanOrEqual(row.top + row.height + 6);
      });
      layout.sections.forEach((section, index) => {
        const next = layout.sections[index + 1];
        expect(section.top + section.height).toBe(next ? next.top : layout.height);
      });
    }
  });

  it("never mixes two days in one row", () => {
    for (const each of cases()) {
      for (const row of layoutGrid(each.items, options(each)).rows) {
        expect(new Set(row.cells.map((cell) => each.items[cell.index]?.group)).size).toBe(1);
      }
    }
  });

  it("does not change earlier rows when a page is added at the end", () => {
    for (const each of cases()) {
      const half = Math.ceil(each.items.length / 2);
      const before = layoutGrid(each.items.slice(0, half), options(each));
      const after = layoutGrid(each.items, options(each));
      const open = before.sections.at(-1)?.first ?? 0;
      before.rows.forEach((row, index) => {
        if (row.first < open) expect(after.rows[index]).toEqual(row);
      });
    }
  });

  it("lays three squares out as arithmetic says", () => {
    const items = [1, 1, 1].map((ratio) => ({ ratio, group: "one" }));
    const layout = layoutGrid(items, { width: 312, rowHeight: 100, gap: 6, headerHeight: 40 });
    expect(layout.rows).toEqual([
      {
        top: 40,
        height: 100,
        first: 0,
        section: 0,
        cells: [
          { index: 0, left: 0, width: 100 },
          { index: 1, left: 106, width: 100 },
          { index: 2, left: 212, width: 100 },
        ],
      },
    ]);
    expect(layout.height).toBe(146);
  });

  it("treats an unknown size as a square", () => {
    const layout = layoutGrid([{ ratio: NaN, group: "a" }], {
      width: 900,
      rowHeight: 200,
      gap: 6,
      headerHeight: 40,
    });
    expect(layout.rows[0]?.cells[0]?.width).toBe(200);
  });

  it("is empty for no images", () => {
    expect(layoutGrid([], { width: 900, rowHeight: 200, gap: 6, headerHeight: 40 }).height).toBe(0);
  });
});

describe("what is on screen", () => {
  it("is exactly the rows that touch the window", () => {
    for (const each of cases()) {
      const { rows, height } = layoutGrid(each.items, options(each));
      for (const part of [0, 0.3, 0.9]) {
        const from = height * part;
        const { first, last } = touching(rows, from, from + 500);
        rows.forEach((row, index) => {
          const seen = row.top + row.height > from && row.top < from + 500;
          expect(index >= first && index < last).toBe(seen);
        });
      }
    }
  });
});

describe("moving through the grid", () => {
  const items = Array.from({ length: 9 }, () => ({ ratio: 1, group: "one" }));
  const layout = layoutGrid(items, { width: 312, rowHeight: 100, gap: 6, headerHeight: 40 });

  it("goes to the picture straight above or below", () => {
    expect(neighbour(layout, 4, "up", 300)).toBe(1);
    expect(neighbour(layout, 4, "down", 300)).toBe(7);
  });

  it("stays at the edges", () => {
    expect(neighbour(layout, 0, "left", 300)).toBe(0);
    expect(neighbour(layout, 1, "up", 300)).toBe(1);
    expect(neighbour(layout, 8, "right", 300)).toBe(8);
    expect(neighbour(layout, 7, "down", 300)).toBe(7);
  });

  it("jumps to both ends and by pages", () => {
    expect(neighbour(layout, 4, "home", 300)).toBe(0);
    expect(neighbour(layout, 4, "end", 300)).toBe(8);
    expect(neighbour(layout, 1, "pagedown", 212)).toBe(7);
    expect(neighbour(layout, 7, "pageup", 212)).toBe(1);
  });

  it("always gets further with a page key, even in a low window", () => {
    expect(neighbour(layout, 1, "pagedown", 10)).toBe(4);
    expect(neighbour(layout, 7, "pageup", 10)).toBe(4);
  });
});
