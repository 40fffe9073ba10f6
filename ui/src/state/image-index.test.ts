import { describe, expect, it } from "vitest";
import { anId, aTile, i1, i2, i3, i4, shownIn } from "../testing/ipc";
import { pack } from "../testing/pack";
import { ImageIndex, packRatio } from "./image-index";
import { sortingOf } from "./orders";

const history = { view: "history" } as const;
const sorting = sortingOf(history, { by: "made" });
const index = (...ids: string[]) =>
  ImageIndex.fromTiles(
    history,
    ids.map((id) => aTile(id)),
  );
const shown = (images: ImageIndex) => shownIn({ images });

describe("a packed list", () => {
  it("has the id, the moment and the width of each image", () => {
    const tile = aTile(i1, { width: 200, height: 100, visibility: "public" });
    const one = ImageIndex.fromTiles(history, [
      tile,
      aTile(i2, { kind: "reference", visibility: null }),
    ]);
    expect(shown(one)).toEqual([i1, i2]);
    expect(one.moments[0]).toBe(tile.created_at);
    expect(one.ratios[0]).toBe(packRatio(2));
    expect([one.isPublic(0), one.isPublic(1)]).toEqual([true, null]);
  });

  it("reads a list from the catalog, and refuses truncated bytes", () => {
    const bytes = pack(index(i1, i2, i3));
    expect(shown(ImageIndex.decode(bytes, sorting))).toEqual([i1, i2, i3]);
    expect(() => ImageIndex.decode(bytes.slice(0, -1), sorting)).toThrow();
  });

  it("reads the bytes that the catalog's own test names", () => {
    const bytes = Uint8Array.from([
      1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x33, 0x22, 0x11, 0, 0x77, 0x66, 0x55, 0x44,
      0xbb, 0xaa, 0x99, 0x88, 0xff, 0xee, 0xdd, 0xcc, 0, 0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1, 0, 64, 1,
    ]);
    new DataView(bytes.buffer).setFloat64(32, 1_700_000_000_123, true);
    const one = ImageIndex.decode(bytes.buffer, sorting);
    expect(one.idAt(0)).toBe("00112233-4455-6677-8899-aabbccddeeff");
    expect([one.moments[0], one.stacks[0], one.ratios[0], one.isPublic(0)]).toEqual([
      1_700_000_000_123,
      0x01020304,
      16_384,
      true,
    ]);
  });

  it("finds images, and leaves out those that it does not have", () => {
    const list = index(i1, i2, i3);
    expect([list.indexOf(i3), list.indexOf(i4)]).toEqual([2, -1]);
    expect(list.positionsOf([i3, i4, i1])).toEqual([0, 2]);
    expect(list.positionOf(index(i2), 0)).toBe(1);
    expect(list.positionOf(index(i4), 0)).toBe(-1);
  });

  it("removes and inserts rows in order", () => {
    expect(shown(index(i1, i2, i3, i4).without([0, 2]))).toEqual([i2, i4]);
    expect(shown(index(i2, i4).with(index(i1, i3)))).toEqual([i1, i2, i3, i4]);
    expect(shown(ImageIndex.empty.with(index(i1)))).toEqual([i1]);
  });

  it("finds images that a new date moved", () => {
    const before = index(i1, i2, i3);
    const redated = aTile(i2, { created_at: 1 });
    const later = ImageIndex.fromTiles(history, [aTile(i1), aTile(i3), redated]);
    const moves = before.movesTo(later);
    // In the order it was in, it is gone; as an image, it is at the end.
    expect([...moves]).toEqual([0, -1, 1]);
    expect([...before.withMoved(later, moves)]).toEqual([0, 2, 1]);
    const less = index(i1, i3);
    expect([...before.withMoved(less, before.movesTo(less))]).toEqual([0, -1, 1]);
    const turned = later.turned();
    expect([...before.withMoved(turned, before.movesTo(turned))]).toEqual([2, 0, 1]);
  });

  it("reports the new positions of its rows", () => {
    expect([...index(i1, i3, i4).movesTo(index(i1, i2, i4))]).toEqual([0, -1, 2]);
    expect(index(i1, i2).sameRows(index(i1, i2))).toBe(true);
    expect(index(i1, i2).sameRows(index(i1, i3))).toBe(false);
  });

  it("matches a plain list of names after random changes", () => {
    let state = 5;
    const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    let names = Array.from({ length: 200 }, (_, at) => anId(at * 3));
    let list = index(...names);
    for (let round = 0; round < 40; round++) {
      const gone = names.filter(() => next() < 0.1);
      const come = [...new Set(Array.from({ length: 9 }, () => anId(Math.floor(next() * 900))))]
        .filter((id) => !names.includes(id))
        .sort()
        .reverse();
      const later = [...names.filter((id) => !gone.includes(id)), ...come].sort().reverse();
      const after = list.without(list.positionsOf(gone)).with(index(...come));
      expect(shown(after)).toEqual(later);
      expect([...list.movesTo(after)]).toEqual(names.map((id) => later.indexOf(id)));
      [names, list] = [later, after];
    }
  });

  it("changes in the same way in reverse order", () => {
    const turned = index(i1, i2, i4).turned();
    expect(shown(turned)).toEqual([i4, i2, i1]);
    expect(shown(turned.turned())).toEqual([i1, i2, i4]);
    expect(shown(turned.with(index(i3).turned()))).toEqual([i4, i3, i2, i1]);
    expect(shown(turned.without([1]))).toEqual([i4, i1]);
    expect(turned.sameRows(index(i1, i2, i4).turned())).toBe(true);
    expect(turned.sameRows(index(i1, i2, i4))).toBe(false);
    expect(turned.positionOf(index(i2), 0)).toBe(1);
  });

  it("reports the new positions after reversing, too", () => {
    const before = index(i1, i2, i3);
    expect([...before.movesTo(index(i1, i3, i4).turned())]).toEqual([2, -1, 1]);
    expect([...before.turned().movesTo(index(i1, i3, i4))]).toEqual([1, -1, 0]);
  });
});
