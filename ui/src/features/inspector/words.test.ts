import { expect, it } from "vitest";
import { linkAs } from "../../shared/links";
import { seedProblem } from "./words";

const url = "https://img.example.art/generated/ana/1763906520000-9f2c.png";

it("copies a link as a URL, as Markdown and as HTML", () => {
  expect(linkAs("url", url, "dusk")).toBe(url);
  expect(linkAs("markdown", url, "dusk")).toBe(`![dusk](${url})`);
  expect(linkAs("html", url, "dusk")).toBe(`<img src="${url}" alt="dusk">`);
});

it("escapes characters that would break a link", () => {
  expect(linkAs("markdown", url, "a [b]\nc")).toBe(`![a \\[b\\] c](${url})`);
  expect(linkAs("html", url, `"><script>`)).toContain('alt="&quot;&gt;&lt;script&gt;"');
});

it("accepts every seed that a generator can make", () => {
  for (const seed of ["", "-1", "0", "18446744073709551615"]) expect(seedProblem(seed)).toBeNull();
  for (const seed of ["-2", "1.5", "abc", "18446744073709551616"]) {
    expect(seedProblem(seed)).not.toBeNull();
  }
});
