import { expect, it } from "vitest";
import { ImageIndex } from "../state/image-index";
import { aTile, i1, i2 } from "../testing/fixtures";
import { placeWords } from "./place-words";

const images = (by: "name" | "size" | "rating") =>
  ImageIndex.fromTiles(
    { view: "history" },
    [aTile(i1, { rating: 4, size_bytes: 1_700_000 }), aTile(i2, { rating: 0 })],
    { by },
  );

it("says what the place in a list without days means", () => {
  expect(placeWords(images("rating"), 0)).toBe("4 stars");
  expect(placeWords(images("rating"), 1)).toBe("Not rated");
  expect(placeWords(images("size"), 0)).toBe("1.7 MB");
  expect(placeWords(images("name"), 1)).toBe("2 of 2");
});
