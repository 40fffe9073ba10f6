import { expect, it } from "vitest";
import { gapAt } from "./reorder.svelte";

it("finds the gap between the entries around a height", () => {
  const middles = [10, 40, 70];
  expect([0, 11, 69, 71].map((y) => gapAt(middles, y))).toEqual([0, 1, 2, 3]);
});
