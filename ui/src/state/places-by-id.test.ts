import { expect, it } from "vitest";
import { isSameId, PlacesById } from "./places-by-id";

/** Four words for each image. */
const ids = (...images: [number, number, number, number][]) => new Uint32Array(images.flat());
const none = (count: number) => new Uint8Array(count);

it("finds images by all four words of their ids", () => {
  const list = ids([1, 2, 3, 4], [1, 2, 3, 5], [9, 2, 3, 4], [0, 0, 0, 0]);
  const places = new PlacesById(list, none(4));
  const others = ids([9, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0], [1, 2, 4, 4], [1, 9, 3, 4]);
  expect([0, 1, 2, 3, 4].map((at) => places.find(others, at))).toEqual([2, 0, 3, -1, -1]);
  expect(isSameId(list, 2, others, 0)).toBe(true);
  expect(isSameId(list, 0, others, 0)).toBe(false);
});

it("does not find what was left out, and nothing in an empty list", () => {
  const list = ids([1, 2, 3, 4], [5, 6, 7, 8]);
  const places = new PlacesById(list, new Uint8Array([1, 0]));
  expect(places.count).toBe(1);
  expect([0, 1].map((at) => places.find(list, at))).toEqual([-1, 1]);
  expect(new PlacesById(ids(), none(0)).find(list, 0)).toBe(-1);
  expect(new PlacesById(list, new Uint8Array([1, 1])).find(list, 1)).toBe(-1);
});

it("finds each image of long lists whose ids differ in one word only", () => {
  const count = 5000;
  for (const word of [0, 1, 2, 3]) {
    const list = new Uint32Array(count * 4).fill(7);
    for (let at = 0; at < count; at++) list[at * 4 + word] = at * 65_536;
    const places = new PlacesById(list, none(count));
    for (let at = 0; at < count; at++) expect(places.find(list, at)).toBe(at);
  }
});
