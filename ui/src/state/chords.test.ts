import { expect, it } from "vitest";
import { chordOf } from "./chords";

const press = (
  key: string,
  held: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", true>> = {},
) => chordOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

it("writes keys the same with or without Caps Lock", () => {
  expect(press("z", { ctrlKey: true, shiftKey: true })).toBe("Ctrl+Shift+Z");
  expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("Ctrl+Shift+Z");
  expect(press("V")).toBe("V");
  expect(press(" ")).toBe("Space");
});

it("treats Ctrl and Cmd alike", () => {
  expect(press("a", { metaKey: true })).toBe(press("a", { ctrlKey: true }));
});

it("ignores Shift in a typed symbol", () => {
  expect(press("?", { shiftKey: true })).toBe("?");
  expect(press("Delete", { shiftKey: true })).toBe("Shift+Delete");
});

it("waits while only Ctrl, Shift or Alt are held", () => {
  for (const key of ["Control", "Shift", "Alt", "Meta"]) expect(press(key)).toBeNull();
});
