import { expect, it } from "vitest";
import { layoutGrid } from "./layout";
import { laidOut, squares } from "./layout.fixture";
import { frameOf, edgeSpeed, imagesWithin } from "./marquee";

const layout = layoutGrid(squares(30), laidOut);

it("is the same frame from whichever corner it was drawn", () => {
  const frame = { left: 1, top: 2, right: 30, bottom: 40 };
  expect(frameOf({ x: 1, y: 40 }, { x: 30, y: 2 })).toEqual(frame);
  expect(frameOf({ x: 30, y: 2 }, { x: 1, y: 40 })).toEqual(frame);
});

it("selects the pictures that it touches and no others", () => {
  expect(imagesWithin(layout, { left: 90, top: 50, right: 110, bottom: 60 })).toEqual([0, 1]);
  expect(imagesWithin(layout, { left: 101, top: 50, right: 105, bottom: 400 })).toEqual([]);
  expect(imagesWithin(layout, { left: 0, top: 0, right: 312, bottom: 150 })).toEqual([
    0, 1, 2, 3, 4, 5,
  ]);
  expect(imagesWithin(layout, { left: 0, top: 0, right: 312, bottom: 30 })).toEqual([]);
});

it("can cover a whole long grid", () => {
  const frame = { left: 0, top: 0, right: 312, bottom: layout.height };
  expect(imagesWithin(layout, frame)).toHaveLength(30);
});

it("scrolls only beyond the edges, faster further out, up to a limit", () => {
  expect([edgeSpeed(0, 500), edgeSpeed(250, 500), edgeSpeed(500, 500)]).toEqual([0, 0, 0]);
  expect(edgeSpeed(-10, 500)).toBeLessThan(0);
  expect(edgeSpeed(540, 500)).toBeGreaterThan(edgeSpeed(510, 500));
  expect(edgeSpeed(100_000, 500)).toBe(3000);
});
