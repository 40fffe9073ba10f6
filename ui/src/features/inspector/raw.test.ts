import { expect, it } from "vitest";
import type { RawNode } from "../../ipc/bindings";
import { searchNodes } from "./raw";

const leaf = (name: string, value: string): RawNode => ({ name, value, parts: [] });
const tree: RawNode[] = [
  {
    name: "prompt",
    value: null,
    parts: [
      { name: "3", value: null, parts: [leaf("seed", "18446744073709551615"), leaf("cfg", "6.5")] },
      { name: "6", value: null, parts: [leaf("text", "A Fox in snow")] },
    ],
  },
  leaf("parameters", "a fox\nSteps: 3"),
];

it("shows everything without a search", () => {
  expect(searchNodes(tree, " ")).toBe(tree);
});

it("finds values in any case, and shows only them and their parents", () => {
  const [prompt, parameters] = searchNodes(tree, "fox");
  expect(prompt?.parts.map((part) => part.name)).toEqual(["6"]);
  expect(parameters?.name).toBe("parameters");
});

it("shows the whole part if its name matches", () => {
  const [prompt, ...others] = searchNodes(tree, "seed");
  expect(others).toEqual([]);
  expect(prompt?.parts[0]?.parts.map((part) => part.value)).toEqual(["18446744073709551615"]);
  expect(searchNodes(tree, "prompt")[0]).toBe(tree[0]);
});

it("finds nothing if nothing matches", () => {
  expect(searchNodes(tree, "wolf")).toEqual([]);
});
