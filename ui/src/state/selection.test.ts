import { describe, expect, it } from "vitest";
import {
  followList,
  nothingSelected,
  selectedPositions,
  selectAt,
  selectAll,
  selectNone,
  selectThese,
  type Reach,
  type Selected,
} from "./selection";

const choose = (...steps: [number, Reach][]) =>
  steps.reduce<Selected>((now, [at, reach]) => selectAt(now, at, reach), nothingSelected(5));

describe("selecting", () => {
  it("selects only the image that was clicked", () => {
    expect(selectedPositions(choose([0, "only"], [2, "only"]))).toEqual([2]);
  });

  it("adds and removes images with a toggle", () => {
    expect(selectedPositions(choose([0, "only"], [2, "toggle"], [4, "toggle"]))).toEqual([0, 2, 4]);
    expect(selectedPositions(choose([0, "only"], [2, "toggle"], [0, "toggle"]))).toEqual([2]);
  });

  it("ranges from the anchor in both directions and may shrink again", () => {
    expect(selectedPositions(choose([2, "only"], [4, "range"]))).toEqual([2, 3, 4]);
    expect(selectedPositions(choose([2, "only"], [4, "range"], [0, "range"]))).toEqual([0, 1, 2]);
    expect(selectedPositions(choose([2, "only"], [4, "range"], [3, "range"]))).toEqual([2, 3]);
  });

  it("ranges from the image toggled last", () => {
    expect(selectedPositions(choose([0, "only"], [3, "toggle"], [4, "range"]))).toEqual([3, 4]);
  });

  it("selects one image when there is nothing to range from", () => {
    expect(selectedPositions(choose([3, "range"]))).toEqual([3]);
  });

  it("selects everything and keeps the place of the keyboard", () => {
    const all = selectAll(choose([2, "only"]));
    expect(selectedPositions(all)).toEqual([0, 1, 2, 3, 4]);
    expect([all.count, all.active]).toEqual([5, 2]);
    expect(selectNone(all)).toMatchObject({ count: 0, active: 2 });
  });

  it("selects what a frame touches, alone or added to a selection", () => {
    const before = choose([0, "only"]);
    expect(selectedPositions(selectThese([2, 3], 5, null))).toEqual([2, 3]);
    const both = selectThese([0, 3], 5, before);
    expect([selectedPositions(both), both.count]).toEqual([[0, 3], 2]);
    expect(selectedPositions(before)).toEqual([0]);
  });

  it("counts selected images, however they were selected", () => {
    for (const each of [
      choose([1, "only"], [3, "range"], [2, "toggle"]),
      choose([1, "toggle"], [1, "toggle"]),
      selectAll(nothingSelected(7)),
    ]) {
      expect(each.count).toBe(selectedPositions(each).length);
    }
  });
});

describe("a selection in a list that changes", () => {
  const moves = (...to: number[]) => Int32Array.from(to);

  it("follows its images when others come and go", () => {
    const before = choose([1, "only"], [2, "toggle"]);
    const after = followList(before, moves(-1, 2, 3, 4, 5), 6);
    expect(selectedPositions(after)).toEqual([2, 3]);
    expect([after.active, after.anchor, after.count]).toEqual([3, 3, 2]);
  });

  it("drops removed images, and moves the keyboard to the next one", () => {
    const after = followList(choose([1, "only"], [2, "toggle"]), moves(0, 1, -1, 2, 3), 4);
    expect(selectedPositions(after)).toEqual([1]);
    expect(after.active).toBe(2);
  });

  it("moves to the previous image at the end, and nowhere if none is left", () => {
    expect(followList(choose([4, "only"]), moves(0, 1, 2, -1, -1), 3).active).toBe(2);
    expect(followList(choose([4, "only"]), moves(-1, -1, -1, -1, -1), 0).active).toBe(-1);
    expect(followList(nothingSelected(2), moves(0, 1), 2).active).toBe(-1);
  });
});
