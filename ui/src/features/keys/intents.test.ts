import { expect, it } from "vitest";
import { intentOf } from "./intents";

const press = (
  key: string,
  held: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", true>> = {},
) => intentOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held }, {});

it("moves with the arrows and extends with Shift", () => {
  expect(press("ArrowUp")).toEqual({ do: "move", direction: "up", extend: false });
  expect(press("End", { shiftKey: true })).toEqual({ do: "move", direction: "end", extend: true });
});

it("distinguishes removing from deleting permanently", () => {
  expect(press("Delete")).toEqual({ do: "remove" });
  expect(press("Delete", { shiftKey: true })).toEqual({ do: "deletePermanently" });
});

it("treats Ctrl and Cmd alike, and ignores other combinations", () => {
  expect(press("a", { metaKey: true })).toEqual({ do: "selectAll" });
  expect(press("C", { ctrlKey: true })).toEqual({ do: "copyLinks" });
  expect(press("v", { ctrlKey: true })).toBeNull();
  expect(press("v", { altKey: true })).toBeNull();
  expect(press("ArrowUp", { ctrlKey: true })).toBeNull();
});

it("opens the menu of the selection by its keys", () => {
  expect(press("ContextMenu")).toEqual({ do: "menu" });
  expect(press("F10", { shiftKey: true })).toEqual({ do: "menu" });
});

it("ignores Caps Lock", () => {
  expect(press("V")).toEqual({ do: "visibility" });
});
