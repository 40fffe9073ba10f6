import { expect, it } from "vitest";
import {
  nothing,
  select,
  selectAll,
  survivor,
  without,
  type Reach,
  type Selected,
} from "./selection";

const order = ["a", "b", "c", "d", "e"];
const at = (id: string) => order.indexOf(id);
const choose = (...steps: [string, Reach][]) =>
  steps.reduce<Selected>((now, [id, reach]) => select(now, id, reach, order, at), nothing);
const ids = (selected: Selected) => [...selected.ids].sort();

it("selects only the image that was clicked", () => {
  expect(ids(choose(["a", "only"], ["c", "only"]))).toEqual(["c"]);
});

it("adds and takes images out with a toggle", () => {
  expect(ids(choose(["a", "only"], ["c", "toggle"], ["e", "toggle"]))).toEqual(["a", "c", "e"]);
  expect(ids(choose(["a", "only"], ["c", "toggle"], ["a", "toggle"]))).toEqual(["c"]);
});

it("ranges from the anchor in both directions and may shrink again", () => {
  expect(ids(choose(["c", "only"], ["e", "range"]))).toEqual(["c", "d", "e"]);
  expect(ids(choose(["c", "only"], ["e", "range"], ["a", "range"]))).toEqual(["a", "b", "c"]);
  expect(ids(choose(["c", "only"], ["e", "range"], ["d", "range"]))).toEqual(["c", "d"]);
});

it("ranges from the image toggled last", () => {
  expect(ids(choose(["a", "only"], ["d", "toggle"], ["e", "range"]))).toEqual(["d", "e"]);
});

it("selects one image when there is nothing to range from", () => {
  expect(ids(choose(["d", "range"]))).toEqual(["d"]);
});

it("selects everything and keeps the place of the keyboard", () => {
  const all = selectAll(choose(["c", "only"]), order);
  expect(ids(all)).toEqual(order);
  expect(all.active).toBe("c");
});

it("drops images that are gone and moves the keyboard to the survivor", () => {
  const before = choose(["b", "only"], ["c", "toggle"]);
  const after = without(before, new Set(["c"]), "d");
  expect(ids(after)).toEqual(["b"]);
  expect(after.active).toBe("d");
});

it("finds the next image that stays, or the one before at the end", () => {
  expect(survivor(order, new Set(["b", "c"]))).toBe("d");
  expect(survivor(order, new Set(["d", "e"]))).toBe("c");
  expect(survivor(order, new Set(order))).toBeNull();
});
