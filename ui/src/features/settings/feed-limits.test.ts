import { expect, it } from "vitest";
import { aFeedSettings } from "../../testing/feed-fixtures";
import { feedProblem, linkProblem, wordsOf } from "./feed-limits";

it("accepts settings up to the limits of the library", () => {
  const link = { label: "a".repeat(200), url: `https://a.example/${"a".repeat(1_982)}` };
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
  [
    "number of links",
    { links: Array.from({ length: 21 }, () => ({ label: "", url: "https://a.example" })) },
  ],
  ["address", { links: [{ label: "", url: `https://a.example/${"a".repeat(1_983)}` }] }],
  ["text of a link", { links: [{ label: "a".repeat(201), url: "https://a.example" }] }],
  ["number of words", { sensitive_words: Array.from({ length: 201 }, () => "a") }],
  ["word", { sensitive_words: ["a".repeat(201)] }],
])("refuses more than the library accepts: %s", (_name, part) => {
  expect(feedProblem(aFeedSettings(part))).not.toBeNull();
});

it("links open in a browser or a mail program", () => {
  for (const url of ["https://a.example", "HTTP://a.example/港", "mailto:ana@a.example"]) {
    expect(linkProblem({ label: "", url })).toBeNull();
  }
  for (const url of ["javascript:alert(1)", "ana.example", "", " https://a.example", "https:a"]) {
    expect(linkProblem({ label: "", url })).toContain("must start with");
  }
});

it("a link shows no password and no other place than it leads to", () => {
  for (const [url, reason] of [
    ["https://ana:secret@a.example/", "no password"],
    ["https://bank.example@a.example/", "no user name"],
    ["https://a.example/\u202egpj.exe", "invisible"],
    ["https://pay\u200bpal.example/", "invisible"],
    ["https://a b.example/", "no spaces"],
    ["https://bank.example\\@a.example/", "backslashes"],
    ["https://", "complete address"],
    ["mailto:", "needs an address"],
  ] as const) {
    expect(linkProblem({ label: "", url })).toContain(reason);
  }
});

it("reads words that are separated by commas or lines, each once", () => {
  expect(wordsOf(" nude,  blood\nnude, ,gore ")).toEqual(["nude", "blood", "gore"]);
  expect(wordsOf("")).toEqual([]);
});
