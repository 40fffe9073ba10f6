import { expect, it } from "vitest";
import { linkAs } from "../../shared/links";
import { parameterLines, seedProblem } from "./words";

const url = "https://img.example.art/generated/ana/1763906520000-9f2c.png";

it("copies a link as it is, as Markdown and as HTML", () => {
  expect(linkAs("url", url, "dusk")).toBe(url);
  expect(linkAs("markdown", url, "dusk")).toBe(`![dusk](${url})`);
  expect(linkAs("html", url, "dusk")).toBe(`<img src="${url}" alt="dusk">`);
});

it("escapes what a prompt could break a link with", () => {
  expect(linkAs("markdown", url, "a [b]\nc")).toBe(`![a \\[b\\] c](${url})`);
  expect(linkAs("html", url, `"><script>`)).toContain('alt="&quot;&gt;&lt;script&gt;"');
});

it("takes every seed a generator can make", () => {
  for (const seed of ["", "-1", "0", "18446744073709551615"]) expect(seedProblem(seed)).toBeNull();
  for (const seed of ["-2", "1.5", "abc", "18446744073709551616"]) {
    expect(seedProblem(seed)).not.toBeNull();
  }
});

it("lists parameters in plain words and leaves out empty ones", () => {
  expect(
    parameterLines({
      steps: "30",
      cfg: "6.5",
      model_hash: "ab",
      loras: '["x",{"name":"y"}]',
      control: '[{"seed":18446744073709551615}]',
      odd: "[soft light]",
      note: "",
    }),
  ).toEqual([
    { name: "Steps", value: "30" },
    { name: "CFG", value: "6.5" },
    { name: "Model hash", value: "ab" },
    { name: "LoRAs", value: "x, y" },
    { name: "Control", value: '[{"seed":18446744073709551615}]' },
    { name: "Odd", value: "[soft light]" },
  ]);
});
