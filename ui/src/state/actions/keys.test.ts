import { expect, it } from "vitest";
import { actionFor, keysOf, refusalOf, withKeys } from "./keys";
import { actionIds, actions } from "./list";

it("gives no keys to two actions", () => {
  const keys = actionIds.map((id) => actions[id].keys);
  expect(new Set(keys).size).toBe(keys.length);
  for (const chord of keys) expect(refusalOf(chord)).toBeNull();
});

it("finds an action by any of its keys", () => {
  expect(actionFor("Ctrl+Z", {})).toBe("undo");
  expect(actionFor("Space", {})).toBe("open");
  expect(actionFor("Ctrl+Q", {})).toBeNull();
});

it("uses the keys that an artist chose", () => {
  const mine = withKeys({}, "visibility", "J");
  expect(actionFor("J", mine)).toBe("visibility");
  expect(actionFor("V", mine)).toBeNull();
  expect(withKeys(mine, "visibility", "V")).toEqual({});
});

it("swaps keys with the action that already has them", () => {
  const mine = withKeys({}, "visibility", "Delete");
  expect([keysOf("visibility", mine), keysOf("remove", mine)]).toEqual(["Delete", "V"]);
  for (const id of actionIds) expect(actionFor(keysOf(id, mine), mine)).toBe(id);
});

it("reserves the keys for moving and typing", () => {
  for (const chord of ["ArrowUp", "Shift+End", "Esc", "Tab", "Ctrl+V", "Space"]) {
    expect(refusalOf(chord)).not.toBeNull();
  }
});
