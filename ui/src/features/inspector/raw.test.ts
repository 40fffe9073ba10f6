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

it("shows everything when nothing is searched", () => {
  expect(searchNodes(tree, " ")).toBe(tree);
});

it("finds values whatever their case, with the way to them and nothing beside it", () => {
  const [prompt, parameters] = searchNodes(tree, "fox");
  expect(prompt?.parts.map((part) => part.name)).toEqual(["6"]);
  expect(parameters?.name).toBe("parameters");
});

it("shows all of a part that is found by its name", () => {
  const [prompt, ...others] = searchNodes(tree, "seed");
  expect(others).toEqual([]);
  expect(prompt?.parts[0]?.parts.map((part) => part.value)).toEqual(["18446744073709551615"]);
  expect(searchNodes(tree, "prompt")[0]).toBe(tree[0]);
});

it("finds nothing where there is nothing", () => {
  expect(searchNodes(tree, "wolf")).toEqual([]);
});
