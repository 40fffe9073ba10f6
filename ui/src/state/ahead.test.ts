import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aTile, i1, i2, i3 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { Ahead } = await import("./ahead");

class Picture {
  static all: Picture[] = [];
  src = "";
  complete = false;
  decode = vi.fn(() => Promise.resolve());
  constructor() {
    Picture.all.push(this);
  }
}

beforeEach(() => {
  Picture.all = [];
  vi.stubGlobal("Image", Picture);
});
afterEach(() => vi.unstubAllGlobals());

const asked = () => Picture.all.map(({ src }) => src.slice(-i1.length));

it("decodes each picture once, and stops when it is no longer wanted", () => {
  const ahead = new Ahead();
  ahead.want([aTile(i1), aTile(i2)]);
  ahead.want([aTile(i2), aTile(i3)]);
  expect(asked()).toEqual(["", i2, i3]);
  expect(Picture.all.every(({ decode }) => decode.mock.calls.length === 1)).toBe(true);
});

it("skips pictures that would take too much memory", () => {
  new Ahead().want([
    aTile(i1, { width: 6000, height: 6000 }),
    aTile(i2, { width: 2048, height: 2048 }),
  ]);
  expect(asked()).toEqual([i2]);
});
