import { expect, it } from "vitest";
import { keepAnchor, reveal } from "./anchor";
import { layoutGrid } from "./layout";

const lay = (count: number, rowHeight = 100) =>
  layoutGrid(
    Array.from({ length: count }, () => ({ ratio: 1, group: "one" })),
    { width: 312, rowHeight, gap: 6, headerHeight: 40 },
  );
const names = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `i${from + i}`);
const finder = (ids: string[]) => (id: string) => ids.indexOf(id);

it("holds the picture in view when a row of new ones appears above", () => {
  const ids = names(30);
  const before = { layout: lay(30), ids, scrollTop: 300, viewHeight: 400 };
  const after = ["n1", "n2", "n3", ...ids];
  expect(keepAnchor(before, lay(33), finder(after))).toBe(300 + 106);
});

it("stays at the top for a reader who is there, so that new pictures show", () => {
  const ids = names(30);
  const before = { layout: lay(30), ids, scrollTop: 0, viewHeight: 400 };
  expect(keepAnchor(before, lay(33), finder(["n1", "n2", "n3", ...ids]))).toBe(0);
});

it("does not move when pictures below disappear", () => {
  const ids = names(30);
  const before = { layout: lay(30), ids, scrollTop: 300, viewHeight: 400 };
  expect(keepAnchor(before, lay(27), finder(ids.slice(0, 27)))).toBe(300);
});

it("holds the next one when the picture it held is gone", () => {
  const ids = names(30);
  const before = { layout: lay(30), ids, scrollTop: 300, viewHeight: 400 };
  const gone = new Set(["i6", "i7", "i8"]);
  expect(keepAnchor(before, lay(27), finder(ids.filter((id) => !gone.has(id))))).toBe(300 - 106);
});

it("holds the chosen picture while the size changes", () => {
  const ids = names(30);
  const before = { layout: lay(30), ids, scrollTop: 300, viewHeight: 400 };
  const larger = lay(30, 200);
  const row = (layout: typeof larger, index: number) =>
    layout.rows[layout.rowOf[index] ?? 0]?.top ?? 0;
  const now = keepAnchor(before, larger, finder(ids), "i13");
  expect(row(larger, 13) - now).toBe(row(before.layout, 13) - 300);
});

it("scrolls no further than needed to show a picture, and not at all if it is on screen", () => {
  const layout = lay(30);
  expect(reveal(layout, 4, 40, 400, 40)).toBe(40);
  expect(reveal(layout, 0, 500, 400, 40)).toBe(0);
  const lower = reveal(layout, 29, 0, 400, 40);
  expect(lower).toBe(layout.height - 6 + 12 - 400);
});
