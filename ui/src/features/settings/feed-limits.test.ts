import { expect, it } from "vitest";
import { aFeedSettings } from "../../testing/feed-fixtures";
import { feedProblem, linkProblem, wordsOf } from "./feed-limits";

it("accepts settings up to the limits of the library", () => {
  const link = { label: "a".repeat(200), url: `https:${"a".repeat(1_994)}` };
  const most = aFeedSettings({
    // Two units of UTF-16 each, but one character.
    title: "🦊".repeat(200),
    about: "a".repeat(5_000),
    links: Array.from({ length: 20 }, () => link),
    sensitive_words: Array.from({ length: 200 }, () => "a".repeat(200)),
  });
  expect(feedProblem(most)).toBeNull();
});

it.each([
  ["title", { title: "a".repeat(201) }],
  ["about", { about: "a".repeat(5_001) }],
  ["number of links", { links: Array.from({ length: 21 }, () => ({ label: "", url: "https:" })) }],
  ["address", { links: [{ label: "", url: `https:${"a".repeat(1_995)}` }] }],
  ["text of a link", { links: [{ label: "a".repeat(201), url: "https:" }] }],
  ["number of words", { sensitive_words: Array.from({ length: 201 }, () => "a") }],
  ["word", { sensitive_words: ["a".repeat(201)] }],
])("refuses more than the library accepts: %s", (_name, part) => {
  expect(feedProblem(aFeedSettings(part))).not.toBeNull();
});

it("links open in a browser or a mail program", () => {
  for (const url of ["https://a.example", "http://a.example", "mailto:ana@a.example"]) {
    expect(linkProblem({ label: "", url })).toBeNull();
  }
  for (const url of ["javascript:alert(1)", "ana.example", "", " https://a.example"]) {
    expect(linkProblem({ label: "", url })).toContain("must start with");
  }
});

it("reads words that are separated by commas or lines, each once", () => {
  expect(wordsOf(" nude,  blood\nnude, ,gore ")).toEqual(["nude", "blood", "gore"]);
  expect(wordsOf("")).toEqual([]);
});
