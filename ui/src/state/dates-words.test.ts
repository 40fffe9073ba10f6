import { expect, it } from "vitest";
import { datesFound } from "./dates-words";

it("counts the dates that were found, and pictures without one", () => {
  expect(datesFound({ searched: 3, dated: 3, total: 3 })).toBe(
    "History is now ordered by when pictures were made: 3 dates found.",
  );
  expect(datesFound({ searched: 2000, dated: 1, total: 2000 })).toBe(
    "History is now ordered by when pictures were made: 1 date found. 1,999 pictures without a date are ordered by when they were imported.",
  );
});
