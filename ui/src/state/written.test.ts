import { expect, it } from "vitest";
import { isEmpty, keyLabel, nameOf, numberText, plainText, readWritten } from "./written";

it("keeps every digit of a number", () => {
  expect(readWritten('{"seed": 18446744073709551615, "eta": [1e-7, -2, 1.0]}')).toEqual({
    seed: "18446744073709551615",
    eta: ["1e-7", "-2", "1"],
  });
});

it("keeps numbers, brackets and quotes inside texts", () => {
  const text = '["a \\"12\\" inch [record]", "path\\\\", "7"]';
  expect(readWritten(text)).toEqual(['a "12" inch [record]', "path\\", "7"]);
});

it("reads lists as Python prints them", () => {
  expect(readWritten("['Fooocus V2', \"artist's\", True, None, 3]")).toEqual([
    "Fooocus V2",
    "artist's",
    true,
    null,
    "3",
  ]);
});

it("keeps a text that is not a list", () => {
  for (const text of ["[soft light]", "{fox|wolf} in snow", "(1.5, 0.8, 0.3)", '["cut off'])
    expect(readWritten(text)).toBe(text);
});

it.each([
  ["model_hash", "Model hash"],
  ["workEngine", "Work engine"],
  ["modelVersionId", "Model version ID"],
  ["Schedule type", "Schedule type"],
  ["RNG", "RNG"],
  ["vae_precision", "VAE precision"],
  ["positive_aesthetic_score", "Positive aesthetic score"],
])("labels %s as %s", (key, words) => {
  expect(keyLabel(key)).toBe(words);
});

it.each([
  ["0.699999988079071", "0.7"],
  ["6.5", "6.5"],
  ["18446744073709551615", "18446744073709551615"],
  ["v1.10.1", "v1.10.1"],
  ["1.0000000000000002", "1"],
])("writes the number %s as %s", (text, words) => {
  expect(numberText(text)).toBe(words);
});

it("shows a model that is written as fields by its name", () => {
  const model = { key: "1f", hash: "blake3:22", name: "flux-dev", base: "flux", type: "main" };
  expect(nameOf(model)).toBe("flux-dev");
  expect(plainText({ model, weight: "0.75" })).toBe("Model flux-dev, Weight 0.75");
  expect(nameOf({ name: "sampling", durations: ["1"] })).toBeNull();
});

it("shows nested values without brackets or quotes", () => {
  const nested = {
    on: true,
    none: null,
    boxes: [
      { x: "1", y: "2" },
      { x: "3", y: "4" },
    ],
    a: { b: "c" },
  };
  expect(plainText(nested)).toBe("On Yes, Boxes X 1, Y 2; X 3, Y 4, A (B c)");
});

it("parses JSON inside a text", () => {
  expect(plainText({ settings: '{"steps": 20}' })).toBe("Settings Steps 20");
});

it("limits a value that is too long", () => {
  const items = Array.from({ length: 5000 }, (_, at) => ({
    name: `layer ${String(at)}`,
    at: String(at),
  }));
  const text = plainText(items);
  expect(text.length).toBeLessThan(8000);
  expect(text).toMatch(/(more|…)$/);
  const deep = readWritten("[".repeat(50_000) + "]".repeat(50_000));
  expect(isEmpty(deep)).toBe(false);
  expect(plainText(["1", deep])).toMatch(/^1/);
});
