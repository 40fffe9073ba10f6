import { describe, expect, it } from "vitest";
import { anId, aTile, shownIn } from "../testing/ipc";
import { ImageIndex } from "./image-index";
import { MovedImages } from "./moved-images";
import { closed, member, open, single, stackUp } from "./stacks";

const history = { view: "history" } as const;
const none: ReadonlySet<number> = new Set();
/** Returns a list of images with these numbers of stacks, newest first. */
const listOf = (numbers: readonly number[], first = 0) =>
  ImageIndex.fromTiles(
    history,
    numbers.map((stack, at) => aTile(anId(first + at), { stack })),
  );
const at = (...numbers: number[]) => numbers.map(anId);

describe("the arithmetic of stacks", () => {
  const numbers = Uint32Array.of(7, 0, 7, 3, 9, 7, 9);

  it("makes the first image of each stack its cover, and hides the others", () => {
    const stacks = stackUp(numbers, none);
    expect([...(stacks?.places ?? [])]).toEqual([0, 1, 3, 4]);
    expect([...(stacks?.rows ?? [])]).toEqual([0, 1, 0, 2, 3, 0, 3]);
    expect([...(stacks?.roles ?? [])]).toEqual([closed, single, single, closed]);
    expect([...(stacks?.sizes ?? [])]).toEqual([3, 0, 0, 2]);
  });

  it("puts the images of an open stack right behind its cover", () => {
    const stacks = stackUp(numbers, new Set([7, 3, 1000]));
    expect([...(stacks?.places ?? [])]).toEqual([0, 2, 5, 1, 3, 4]);
    expect([...(stacks?.rows ?? [])]).toEqual([0, 3, 1, 4, 5, 2, 5]);
    expect([...(stacks?.roles ?? [])]).toEqual([open, member, member, single, single, closed]);
    expect([...(stacks?.sizes ?? [])]).toEqual([3, 3, 3, 0, 0, 2]);
  });

  it("stacks nothing where each image is alone in the view", () => {
    expect(stackUp(Uint32Array.of(0, 1, 2, 0), none)).toBeNull();
    expect(stackUp(new Uint32Array(0), none)).toBeNull();
  });

  it("takes numbers of any size", () => {
    const large = 2 ** 32 - 1;
    const stacks = stackUp(Uint32Array.of(large, 5, large, large - 1, 5), new Set([large]));
    expect([...(stacks?.places ?? [])]).toEqual([0, 2, 1, 3]);
    expect([...(stacks?.sizes ?? [])]).toEqual([2, 2, 2, 0]);
  });

  it("agrees with a plain list of names for random numbers", () => {
    let state = 3;
    const next = (end: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % end;
    for (let round = 0; round < 30; round++) {
      const list = Uint32Array.from({ length: 60 }, () => next(14));
      const opened = new Set([1 + next(13), 1 + next(13)]);
      const sizeOf = (number: number) => list.filter((other) => other === number).length;
      const isStacked = (number: number) => number > 0 && sizeOf(number) > 1;
      const expected: number[] = [];
      list.forEach((number, place) => {
        if (!isStacked(number)) return expected.push(place);
        if (list.indexOf(number) !== place) return undefined;
        const all = [...list.keys()].filter((other) => list[other] === number);
        return expected.push(...(opened.has(number) ? all : [place]));
      });
      expect([...(stackUp(list, opened)?.places ?? [])]).toEqual(expected);
    }
  });
});

describe("a stacked list", () => {
  it("has one row for each stack, and knows all its images", () => {
    const all = listOf([4, 4, 0, 4, 5, 5]);
    const images = all.stackedUp(none);
    expect(shownIn({ images })).toEqual(at(0, 2, 4));
    expect([images.all, all.all]).toEqual([all, all]);
    expect([images.imagesIn(0, 3), images.imagesIn(1, 2)]).toEqual([6, 1]);
    expect([...images.marksOfAll(Uint8Array.of(1, 0, 0))]).toEqual([1, 1, 0, 1, 0, 0]);
    expect([images.rowOf(3), images.placeOf(2)]).toEqual([0, 4]);
  });

  it("marks the images of an open stack one by one", () => {
    const images = listOf([4, 4, 0, 4]).stackedUp(new Set([4]));
    expect(shownIn({ images })).toEqual(at(0, 1, 3, 2));
    expect([...images.marksOfAll(Uint8Array.of(1, 0, 1, 0))]).toEqual([1, 0, 0, 1]);
    expect(images.imagesIn(0, 4)).toBe(4);
  });

  it("keeps an open stack in the day of its cover", () => {
    const images = listOf([4, 0, 4]).stackedUp(new Set([4]));
    expect(images.moments[1]).toBe(images.moments[0]);
    expect(images.moments[2]).toBeLessThan(images.moments[1] ?? 0);
  });

  it("reports the new positions of rows when a stack opens and closes", () => {
    const all = listOf([4, 0, 4, 0]);
    const [shut, opened] = [all.stackedUp(none), all.stackedUp(new Set([4]))];
    expect([...shut.movesTo(opened)]).toEqual([0, 2, 3]);
    expect([...opened.movesTo(shut)]).toEqual([0, -1, 1, 2]);
    // For the selection, an image that is hidden went to its cover.
    const wentTo = new MovedImages();
    expect([...wentTo.all(opened, shut)]).toEqual([0, 0, 1, 2]);
    // From the plain list, the second image of the stack overtook another one.
    expect([...all.movesTo(opened)]).toEqual([0, -1, 1, 3]);
    expect([...wentTo.all(all, opened)]).toEqual([0, 2, 1, 3]);
    expect(shut.sameRows(opened)).toBe(false);
  });

  it("is another list when only the number behind a cover changed", () => {
    const [two, three] = [listOf([4, 4]), listOf([4, 4, 4])];
    const [before, after] = [two.stackedUp(none), three.stackedUp(none)];
    expect(shownIn({ images: before })).toEqual(shownIn({ images: after }));
    expect(before.sameRows(after)).toBe(false);
    expect(before.sameRows(listOf([4, 4]).stackedUp(none))).toBe(true);
    expect([...before.movesTo(after)]).toEqual([0]);
  });

  it("gives a new first image the cover, in both directions", () => {
    const before = listOf([4, 4, 0], 1);
    const after = listOf([4, 4, 4, 0]);
    expect([...before.stackedUp(none).movesTo(after.stackedUp(none))]).toEqual([-1, 1]);
    const turned = after.turned().stackedUp(none);
    expect(shownIn({ images: turned })).toEqual(at(3, 2));
  });
});
