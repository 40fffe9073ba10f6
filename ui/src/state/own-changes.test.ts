import { expect, it } from "vitest";
import type { CatalogChanged } from "../ipc/bindings";
import { OwnChanges } from "./own-changes";

const nothing: CatalogChanged = { added: [], changed: [], removed: [], reload: false };
const changed = (...ids: string[]): CatalogChanged => ({ ...nothing, changed: ids });

it("covers the event of a command that comes after its answer, once", () => {
  const own = new OwnChanges();
  const answered = own.begin("changed", ["a", "b"]);
  expect(answered(["a", "b"])).toEqual([]);
  expect(own.covers(changed("b", "a"))).toBe(true);
  expect(own.covers(changed("a", "b"))).toBe(false);
});

it("covers the event of a command that comes before its answer, once", () => {
  const own = new OwnChanges();
  const answered = own.begin("removed", ["a"]);
  expect(own.covers({ ...nothing, removed: ["a"] })).toBe(true);
  expect(answered(["a"])).toEqual([]);
  expect(own.covers({ ...nothing, removed: ["a"] })).toBe(false);
});

it("covers no event of other images, of another kind, or of several kinds", () => {
  const own = new OwnChanges();
  own.begin("changed", ["a", "b"])(["a", "b"]);
  own.begin("changed", ["c"]);
  for (const change of [
    changed("a"),
    changed("a", "b", "d"),
    changed("c", "d"),
    { ...nothing, added: ["a", "b"] },
    { ...nothing, changed: ["a", "b"], removed: ["a", "b"] },
  ]) {
    expect(own.covers(change)).toBe(false);
  }
  expect(own.covers(changed("a", "b"))).toBe(true);
});

it("reads the second of two events that look like that of one command", () => {
  const own = new OwnChanges();
  const answered = own.begin("changed", ["a"]);
  expect(own.covers(changed("a"))).toBe(true);
  expect(answered(["a"])).toEqual([]);
  expect(own.covers(changed("a"))).toBe(false);
});

it("gives back early events of images that the command did not change", () => {
  const own = new OwnChanges();
  const answered = own.begin("removed", ["a", "b"]);
  expect(own.covers({ ...nothing, removed: ["b"] })).toBe(true);
  // It may have been restored meanwhile, so it is read again.
  expect(answered(["a"])).toEqual([{ ...nothing, changed: ["b"], removed: ["b"] }]);
  expect(own.covers({ ...nothing, removed: ["a"] })).toBe(true);
});

it("gives back early events when the command fails", () => {
  const own = new OwnChanges();
  const answered = own.begin("changed", ["a"]);
  expect(own.covers(changed("a"))).toBe(true);
  expect(answered([])).toEqual([changed("a")]);
  expect(own.covers(changed("a"))).toBe(false);
});

it("covers one event for each of two commands on the same images", () => {
  const own = new OwnChanges();
  const first = own.begin("changed", ["a"]);
  first(["a"]);
  const second = own.begin("changed", ["a"]);
  expect(own.covers(changed("a")), "of the first").toBe(true);
  expect(own.covers(changed("a")), "of the second").toBe(true);
  expect(second(["a"])).toEqual([]);
  expect(own.covers(changed("a")), "of somebody else").toBe(false);
});

it("an event covers a small command while a larger one runs", () => {
  const own = new OwnChanges();
  const large = own.begin("changed", ["a", "b"]);
  const small = own.begin("changed", ["a"]);
  expect(own.covers(changed("a"))).toBe(true);
  expect(small(["a"])).toEqual([]);
  expect(large(["a", "b"])).toEqual([]);
  expect(own.covers(changed("a")), "of somebody else").toBe(false);
  expect(own.covers(changed("a", "b")), "of the large one").toBe(true);
});

it("expects no events after one that reloads everything", () => {
  const own = new OwnChanges();
  const running = own.begin("changed", ["b"]);
  own.begin("changed", ["a"])(["a"]);
  expect(own.covers({ ...nothing, reload: true })).toBe(false);
  expect(own.covers(changed("a"))).toBe(false);
  expect(running(["b"])).toEqual([]);
  expect(own.covers(changed("b"))).toBe(false);
});

it("expects an event for a few seconds only", () => {
  const own = new OwnChanges();
  own.begin("changed", ["a"])(["a"], 1000);
  expect(own.covers(changed("a"), 7000)).toBe(false);
});
