import { expect, it } from "vitest";
import { gapBeside, movedTo } from "./arranging";

const letters = [..."abcdef"];
const moved = (positions: number[], gap: number) => movedTo(letters, positions, gap).join("");

it("moves entries together to a gap, in their order", () => {
  expect(moved([4], 1)).toBe("aebcdf");
  expect(moved([0, 3, 5], 2)).toBe("badfce");
  expect(moved([1, 2], 6)).toBe("adefbc");
  expect(moved([1, 2], 2)).toBe("abcdef");
});

it("moves by one place, brings together what is apart, and stops at the ends", () => {
  const by = (positions: number[], step: 1 | -1) => {
    const gap = gapBeside(positions, step, letters.length);
    return gap === null ? null : moved(positions, gap);
  };
  expect(by([2], -1)).toBe("acbdef");
  expect(by([2], 1)).toBe("abdcef");
  expect(by([1, 2], 1)).toBe("adbcef");
  expect(by([1, 4], -1)).toBe("abecdf");
  expect(by([1, 4], 1)).toBe("acdbef");
  expect([by([0, 1], -1), by([4, 5], 1), by([], 1)]).toEqual([null, null, null]);
});
