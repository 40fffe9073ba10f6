import { expect, it } from "vitest";
import { anchorOf, followAnchor, topToReveal, topFor } from "./anchor";
import { layoutGrid, rowOf } from "./layout";
import { laidOut, squares } from "./layout.fixture";

const lay = (count: number, rowHeight = 100) =>
  layoutGrid(squares(count), { ...laidOut, rowHeight });
const at = (scrollTop: number, count = 30) => ({ layout: lay(count), scrollTop, viewHeight: 400 });
/** Returns the new positions of 30 images after some were removed or others added before them. */
const moves = (gone: number[], came = 0) => {
  let next = came;
  return Int32Array.from({ length: 30 }, (_, index) => (gone.includes(index) ? -1 : next++));
};
const held = (scrollTop: number, where: Int32Array, count: number) => {
  const anchor = anchorOf(at(scrollTop));
  const later = anchor && followAnchor(anchor, where);
  return later && topFor(lay(count), later);
};

it("keeps the picture in place when a row of new ones appears above", () => {
  expect(held(300, moves([], 3), 33)).toBe(300 + 106);
});

it("keeps nothing in place at the top, so that new pictures show", () => {
  expect(anchorOf(at(0))).toBeNull();
});

it("does not move when pictures below disappear", () => {
  expect(held(300, moves([27, 28, 29]), 27)).toBe(300);
});

it("keeps the next picture in place when the anchor is gone", () => {
  expect(held(300, moves([6, 7, 8]), 27)).toBe(300);
  expect(held(300, moves([3, 4, 5]), 27)).toBe(300 - 106);
});

it("keeps a selected picture on screen in place while the size changes", () => {
  const larger = lay(30, 200);
  const anchor = anchorOf(at(300), 13);
  const top = (layout: typeof larger) => layout.rowTops[rowOf(layout, 13)] ?? 0;
  expect(anchor && top(larger) - topFor(larger, anchor)).toBe(top(lay(30)) - 300);
  expect(anchorOf(at(300), 29)?.index).not.toBe(29);
});

it("returns to its position when the size does", () => {
  const anchor = anchorOf(at(333));
  for (const size of [120, 300, 96, 640]) {
    const layout = lay(30, size);
    const top = anchor ? topFor(layout, anchor) : 0;
    expect((layout.rowTops[rowOf(layout, anchor?.index ?? 0)] ?? 0) - top).toBe(anchor?.offset);
  }
  expect(anchor && topFor(lay(30), anchor)).toBe(333);
});

it("scrolls only as far as needed to show a picture", () => {
  const layout = lay(30);
  expect(topToReveal(layout, 4, 40, 400, 40)).toBe(40);
  expect(topToReveal(layout, 0, 500, 400, 40)).toBe(0);
  const lower = topToReveal(layout, 29, 0, 400, 40);
  expect(lower).toBe(layout.height - 6 + 12 - 400);
});
