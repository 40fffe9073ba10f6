import { expect, it } from "vitest";
import { PictureMode } from "./mode.svelte";

it("leaving the viewer leads back to picking", () => {
  const mode = new PictureMode();
  mode.togglePicking();
  mode.view();
  expect([mode.current, mode.picking]).toEqual(["view", false]);
  mode.leave("view");
  expect(mode.current).toBe("pick");
  mode.leave("pick");
  expect(mode.current).toBe("browse");
});

it("only the current mode can be left", () => {
  const mode = new PictureMode();
  mode.compare(["a", "b"]);
  mode.leave("view");
  expect(mode.comparison?.shown).toEqual(["a", "b"]);
  mode.leave("compare");
  expect([mode.current, mode.comparison]).toEqual(["browse", null]);
});

it("picking can end while a comparison covers the grid", () => {
  const mode = new PictureMode();
  mode.togglePicking();
  mode.compare(["a", "b"]);
  mode.togglePicking();
  expect(mode.current).toBe("compare");
  mode.leave("compare");
  expect(mode.current).toBe("browse");
});

it("another view of references is picked from as well", () => {
  const mode = new PictureMode();
  mode.togglePicking();
  mode.view();
  mode.reset({ canPick: true });
  expect(mode.current).toBe("pick");
  mode.reset({ canPick: false });
  expect(mode.current).toBe("browse");
});
