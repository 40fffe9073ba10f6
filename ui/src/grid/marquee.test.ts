import { expect, it } from "vitest";
import { layoutGrid } from "./layout";
import { laidOut, squares } from "./layout.fixture";
import { frameOf, pull, within } from "./marquee";

const layout = layoutGrid(squares(30), laidOut);

it("is the same frame whichever corner it was drawn from", () => {
  const frame = { left: 1, top: 2, right: 30, bottom: 40 };
  expect(frameOf({ x: 1, y: 40 }, { x: 30, y: 2 })).toEqual(frame);
  expect(frameOf({ x: 30, y: 2 }, { x: 1, y: 40 })).toEqual(frame);
});

it("takes the pictures it touches and no others", () => {
  expect(within(layout, { left: 90, top: 50, right: 110, bottom: 60 })).toEqual([0, 1]);
  expect(within(layout, { left: 101, top: 50, right: 105, bottom: 400 })).toEqual([]);
  expect(within(layout, { left: 0, top: 0, right: 312, bottom: 150 })).toEqual([0, 1, 2, 3, 4, 5]);
  expect(within(layout, { left: 0, top: 0, right: 312, bottom: 30 })).toEqual([]);
});

it("takes a whole long grid", () => {
  const frame = { left: 0, top: 0, right: 312, bottom: layout.height };
  expect(within(layout, frame)).toHaveLength(30);
});

it("pulls only beyond the edges, faster further out, and not without end", () => {
  expect([pull(0, 500), pull(250, 500), pull(500, 500)]).toEqual([0, 0, 0]);
  expect(pull(-10, 500)).toBeLessThan(0);
  expect(pull(540, 500)).toBeGreaterThan(pull(510, 500));
  expect(pull(100_000, 500)).toBe(3000);
});
