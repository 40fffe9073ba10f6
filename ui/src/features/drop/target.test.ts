import { expect, it } from "vitest";
import { targetOfElement } from "./target";

function inside(html: string): Element | null {
  document.body.innerHTML = html;
  return document.querySelector("b");
}

it("finds the gallery a file hangs over from anything inside its entry", () => {
  expect(
    targetOfElement(
      inside('<div data-drop="reference" data-drop-gallery="g1"><i><b></b></i></div>'),
    ),
  ).toEqual({ kind: "reference", gallery: "g1" });
});

it("takes all references for no gallery in particular", () => {
  expect(targetOfElement(inside('<div data-drop="reference"><b></b></div>'))).toEqual({
    kind: "reference",
    gallery: null,
  });
});

it("knows no target elsewhere", () => {
  expect(targetOfElement(inside("<div><b></b></div>"))).toBeNull();
  expect(targetOfElement(null)).toBeNull();
});
