import { expect, it } from "vitest";
import { plainTarget, targetOfSet } from "../../state/views";
import { spotOf } from "./spot";

function inside(html: string): Element | null {
  document.body.innerHTML = html;
  return document.querySelector("b");
}

it("finds the gallery from any element in its entry", () => {
  const entry = inside('<div data-drop="reference" data-drop-set="g1"><i><b></b></i></div>');
  expect(spotOf(entry).into).toEqual(targetOfSet({ kind: "gallery", id: "g1" }));
});

it("finds the collection of an entry for generated images", () => {
  const entry = inside('<div data-drop="generated" data-drop-set="c1"><b></b></div>');
  expect(spotOf(entry).into).toEqual(targetOfSet({ kind: "collection", id: "c1" }));
});

it("all references are not a gallery", () => {
  const entry = inside('<div data-drop="reference"><b></b></div>');
  expect(spotOf(entry).into).toEqual(plainTarget.reference);
});

it("finds the image under a drag, and whether it accepts files", () => {
  const tile = inside('<div data-drop-image="x" data-drop-kind="generated"><b></b></div>');
  expect(spotOf(tile).image).toEqual({ id: "x", kind: "generated", takesFiles: false });
  const section = inside(
    '<div data-drop-image="x" data-drop-kind="generated" data-drop-files><b></b></div>',
  );
  expect(spotOf(section).image?.takesFiles).toBe(true);
});

it("finds nothing elsewhere", () => {
  expect(spotOf(inside("<div><b></b></div>"))).toEqual({ into: null, image: null });
  expect(spotOf(null)).toEqual({ into: null, image: null });
});
