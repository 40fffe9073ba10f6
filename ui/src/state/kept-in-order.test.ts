import { expect, it } from "vitest";
import { keptInOrder } from "./kept-in-order";

const kept = (...moves: number[]) => [...keptInOrder(Int32Array.from(moves))];

it("keeps rows that stay in order, and leaves out those that overtook others", () => {
  expect(kept(0, 1, 2)).toEqual([0, 1, 2]);
  expect(kept(1, 2, 0, 3)).toEqual([1, 2, -1, 3]);
  expect(kept(3, 0, 1, 2)).toEqual([-1, 0, 1, 2]);
  expect(kept()).toEqual([]);
});

it("leaves out rows that are gone", () => {
  expect(kept(-1, 0, -1, 1)).toEqual([-1, 0, -1, 1]);
  expect(kept(-1, -1)).toEqual([-1, -1]);
});
