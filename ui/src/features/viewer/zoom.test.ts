import { expect, it } from "vitest";
import {
  fitLook,
  fitScale,
  keepInBox,
  SCALE_MAX,
  wheelScale,
  zoomTo,
  lookOf,
  sharedLook,
  wholeImage,
} from "./zoom";

const image = { width: 2000, height: 1000 };
const box = { width: 1000, height: 1000 };

it("fits the whole image into the box, but never enlarges it", () => {
  expect(fitScale(image, box)).toBe(0.5);
  expect(fitScale({ width: 100, height: 50 }, box)).toBe(1);
});

it("keeps the point under the pointer in place", () => {
  const point = { x: 200, y: 100 };
  const start = zoomTo(fitLook(image, box), 2, { x: 0, y: 0 }, image, box);
  const after = zoomTo(start, 4, point, image, box);
  const under = (look: typeof start) => (point.x - look.x) / look.scale;
  expect(under(after)).toBeCloseTo(under(start), 6);
});

it("leaves no gap beside an image that is larger than the box", () => {
  expect(keepInBox({ scale: 1, x: 9999, y: 50 }, image, box)).toEqual({ scale: 1, x: 500, y: 0 });
});

it("stays between fit and the largest scale", () => {
  const centre = { x: 0, y: 0 };
  expect(zoomTo(fitLook(image, box), 0.01, centre, image, box).scale).toBe(0.5);
  expect(zoomTo(fitLook(image, box), 999, centre, image, box).scale).toBe(SCALE_MAX);
});

it("zooms in with the wheel up, and out with the wheel down", () => {
  expect(wheelScale(1, -100)).toBeGreaterThan(1);
  expect(wheelScale(wheelScale(1, -100), 100)).toBeCloseTo(1, 9);
});

it("a shared zoom shows the same part of images of different sizes", () => {
  const box = { width: 400, height: 400 };
  const [small, large] = [
    { width: 800, height: 800 },
    { width: 1600, height: 1600 },
  ];
  const look = zoomTo(fitLook(small, box), 2, { x: 100, y: -50 }, small, box);
  const there = lookOf(sharedLook(look, small, box), large, box);
  // Twice the size at half the scale covers the same px.
  expect(there.scale * large.width).toBeCloseTo(look.scale * small.width);
  expect([there.x, there.y]).toEqual([look.x, look.y]);
  expect(lookOf(wholeImage, large, box)).toEqual(fitLook(large, box));
});
