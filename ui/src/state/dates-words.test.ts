import { expect, it } from "vitest";
import { datesFound } from "./dates-words";

it("says how many dates were found, and how many pictures have none", () => {
  expect(datesFound({ searched: 3, dated: 3, total: 3 })).toBe(
    "History is ordered by when pictures were made now: 3 dates found.",
  );
  expect(datesFound({ searched: 2000, dated: 1, total: 2000 })).toBe(
    "History is ordered by when pictures were made now: 1 date found. 1,999 pictures have no date and stay where they were imported.",
  );
});
