import { expect, it } from "vitest";
import { Veil } from "./veil.svelte";

const one = { id: "1", sensitive: true };
const other = { id: "2", sensitive: true };
const plain = { id: "3", sensitive: false };
const veiled = (veil: Veil) => [one, other, plain].map((picture) => veil.hides(picture));

it("veils sensitive pictures until the settings are known", () => {
  const veil = new Veil();
  expect(veiled(veil)).toEqual([true, true, false]);
  veil.start({ veiled: false });
  expect(veiled(veil)).toEqual([false, false, false]);
});

it("keeps what was chosen since the window opened", () => {
  const veil = new Veil();
  veil.start({ veiled: true });
  veil.toggle();
  veil.start({ veiled: true });
  expect(veil.isOn).toBe(false);
  const early = new Veil();
  early.toggle();
  early.start({ veiled: true });
  expect(early.isOn).toBe(false);
});

it("shows single pictures until all are veiled again", () => {
  const veil = new Veil();
  veil.start({ veiled: true });
  veil.show("1");
  expect(veiled(veil)).toEqual([false, true, false]);
  veil.toggleThese(["1", "2"]);
  expect(veiled(veil)).toEqual([false, false, false]);
  veil.toggleThese(["1", "2"]);
  expect(veiled(veil)).toEqual([true, true, false]);
  veil.show("1");
  veil.toggle();
  veil.toggle();
  expect(veiled(veil)).toEqual([true, true, false]);
});
