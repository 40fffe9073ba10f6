import { describe, expect, it } from "vitest";
import {
  addedBetween,
  filterChoices,
  withTerms,
  chosenOf,
  dayBefore,
  termNaming,
  termValue,
  termsOf,
} from "./terms";

describe("terms of a search", () => {
  it("are split at spaces that are not within quotes", () => {
    expect(termsOf(' fox  -"two wolves" model:"flux dev" is:public "open')).toEqual([
      "fox",
      '-"two wolves"',
      'model:"flux dev"',
      "is:public",
      '"open',
    ]);
  });

  it("replace others of their filter only", () => {
    const text = 'fox model:"flux dev" IS:Public "is:public"';
    expect(withTerms(text, filterChoices.visibility, ["is:unlisted"])).toBe(
      'fox model:"flux dev" "is:public" is:unlisted ',
    );
    expect(withTerms(text, filterChoices.model, [])).toBe('fox IS:Public "is:public" ');
    expect(withTerms("is:public", filterChoices.visibility, [])).toBe("");
  });

  it("can have names with spaces and quotes", () => {
    const term = termNaming("model", 'my "best" mix');
    expect(termsOf(term)).toEqual(['model:"my  best  mix"']);
    expect(termValue(termNaming("model", "flux dev"))).toBe("flux dev");
    expect(chosenOf(`owl ${term}`, filterChoices.model)).toEqual([term]);
  });

  it("write days and seconds in local time", () => {
    expect(dayBefore(new Date(2026, 2, 2, 23, 30), 7)).toBe("2026-02-23");
    expect(dayBefore(new Date(2026, 2, 2, 0, 10), 1)).toBe("2026-03-01");
    const span = addedBetween(new Date(2026, 10, 26, 9, 5, 7, 900), new Date(2026, 10, 26, 9, 6));
    expect(span).toBe("added:2026-11-26T09:05:07..2026-11-26T09:06:00");
  });
});
