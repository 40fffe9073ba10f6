import { expect, it } from "vitest";
import { aTile, i0, i1, i2, i3, i4, i5 } from "../testing/fixtures";
import { Comparison } from "./comparison.svelte";
import { ImageIndex } from "./image-index";

const listed = (...ids: string[]) =>
  ImageIndex.fromTiles(
    { view: "history" },
    ids.map((id) => aTile(id)),
  );
const all = listed(i0, i1, i2, i3, i4, i5);

it("keeps the winner on its side, and shows the next of the list in place of the other", () => {
  const comparison = new Comparison([i1, i2]);
  expect(comparison.keep(all)).toBe("challenged");
  expect([comparison.shown, comparison.active]).toEqual([[i1, i3], i1]);
  comparison.move(1);
  expect(comparison.keep(all)).toBe("challenged");
  expect([comparison.shown, comparison.active]).toEqual([[i4, i3], i3]);
  comparison.keep(all);
  expect(comparison.shown).toEqual([i5, i3]);
  // The list has an end, where the last two stay.
  expect(comparison.keep(all)).toBe("ended");
  expect(comparison.shown).toEqual([i5, i3]);
});

it("runs a tournament through more than four selected images, and ends with the winner", () => {
  const comparison = new Comparison([i0, i1, i2, i3, i5]);
  expect([comparison.shown, comparison.waiting]).toEqual([
    [i0, i1],
    [i2, i3, i5],
  ]);
  comparison.move(1);
  expect([1, 2, 3].map(() => comparison.keep(all))).toEqual([
    "challenged",
    "challenged",
    "challenged",
  ]);
  expect([comparison.shown, comparison.waiting]).toEqual([[i5, i1], []]);
  expect([comparison.keep(all), comparison.active]).toEqual(["won", i1]);
});

it("swaps the sides and keeps the same image active", () => {
  const comparison = new Comparison([i1, i2, i3]);
  comparison.swap();
  expect([comparison.shown, comparison.active, comparison.canDiffer]).toEqual([
    [i3, i2, i1],
    i1,
    false,
  ]);
  comparison.move(1);
  expect(comparison.active).toBe(i1);
});

it("replaces an image that was removed by the next challenger, on its side", () => {
  const comparison = new Comparison([i1, i2]);
  expect(comparison.follow(listed(i0, i2, i3, i4))).toBe(true);
  expect([comparison.shown, comparison.active]).toEqual([[i3, i2], i3]);
  comparison.move(1);
  expect(comparison.follow(listed(i0, i3, i4))).toBe(true);
  expect([comparison.shown, comparison.active]).toEqual([[i3, i4], i4]);
  expect(comparison.follow(listed(i4))).toBe(false);
});

it("keeps three of four images, and the active one", () => {
  const comparison = new Comparison([i1, i2, i3, i4]);
  comparison.move(1);
  comparison.follow(listed(i2, i3, i4));
  expect([comparison.shown, comparison.active]).toEqual([[i2, i3, i4], i2]);
});
