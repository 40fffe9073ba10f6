import { expect, it } from "vitest";
import { gapIn, placeOfGap } from "./gaps";
import { layoutGrid } from "./layout";

// Four squares of 100 px in two rows, without days.
const layout = layoutGrid(
  {
    count: 4,
    moments: Float64Array.from([0, -1, -2, -3]),
    ratios: Uint16Array.from([1, 1, 1, 1]),
  },
  { width: 206, rowHeight: 100, gap: 6, headerHeight: 12, square: true, hasDays: false, unit: 1 },
);

it("lays out a list without days in one section", () => {
  expect(layout.rows).toBe(2);
  expect(layout.sections.map(({ count }) => count)).toEqual([4]);
});

it("finds the gap nearest to a point, also at the end of a row", () => {
  const at = (x: number, y: number) => gapIn(layout, { x, y });
  expect(at(10, 50)).toEqual({ position: 0, isRowEnd: false });
  expect(at(60, 50)).toEqual({ position: 1, isRowEnd: false });
  expect(at(190, 50)).toEqual({ position: 2, isRowEnd: true });
  expect(at(10, 160)).toEqual({ position: 2, isRowEnd: false });
  expect(at(190, 900)).toEqual({ position: 4, isRowEnd: true });
});

it("draws the mark in the gap of the row that was pointed at", () => {
  const [first, second] = [layout.rowTops[0], layout.rowTops[1]];
  expect(placeOfGap(layout, { position: 1, isRowEnd: false })).toMatchObject({
    x: 103,
    top: first,
  });
  expect(placeOfGap(layout, { position: 2, isRowEnd: true })).toMatchObject({ x: 209, top: first });
  expect(placeOfGap(layout, { position: 2, isRowEnd: false })).toMatchObject({
    x: -3,
    top: second,
  });
  expect(placeOfGap(layout, { position: 9, isRowEnd: false })).toBeNull();
});
