import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { toolName } from "./tool-names";

const source = join(import.meta.dirname, "../../../src-tauri/core/src/metadata/info.rs");

it("has a name for every tool that the core recognises", () => {
  const words = [...readFileSync(source, "utf8").matchAll(/Self::\w+ => "([^"]+)"/g)].map(
    ([, word = ""]) => word,
  );
  expect(words).toContain("comfyui");
  expect(words.filter((word) => toolName(word) === word)).toEqual([]);
});

it("spells tools as their makers do", () => {
  const spelled = ["comfyui", "automatic1111", "invokeai", "sd-next", "tensorart", "reforge"];
  expect(spelled.map(toolName)).toEqual([
    "ComfyUI",
    "AUTOMATIC1111",
    "InvokeAI",
    "SD.Next",
    "Tensor.Art",
    "reForge",
  ]);
});

it("unknown tools show their id", () => {
  expect(toolName("constructor")).toBe("constructor");
});
