// Owns how the parameters of an image read, and where those of several differ.
import type { ImageDetail } from "../ipc/bindings";

const titles: Record<string, string> = {
  cfg: "CFG",
  model_hash: "Model hash",
  loras: "LoRAs",
  vae: "VAE",
};

/** Returns the parameters as lines to show; what holds nothing is left out. */
export function parameterLines(params: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(params).flatMap(([key, value]) => {
    const text = plainList(value) ?? value.trim();
    if (text === "") return [];
    const plain = key.replace(/_/g, " ");
    return [{ name: titles[key] ?? plain.charAt(0).toUpperCase() + plain.slice(1), value: text }];
  });
}

/** Reads a JSON list of names; anything else stays as written, since numbers would lose digits. */
function plainList(text: string): string | null {
  if (!text.startsWith("[")) return null;
  try {
    const names = (JSON.parse(text) as unknown[]).map(nameOf);
    return names.includes(null) ? null : names.join(", ");
  } catch {
    return null;
  }
}

function nameOf(item: unknown): string | null {
  if (typeof item === "string") return item;
  if (typeof item !== "object" || item === null || Object.keys(item).length !== 1) return null;
  return "name" in item && typeof item.name === "string" ? item.name : null;
}

/** Something that is not the same for all, with what each has. */
export type Difference = { name: string; values: string[] };

function linesOf(image: ImageDetail): Map<string, string> {
  const own = [
    { name: "Prompt", value: image.prompt },
    { name: "Negative prompt", value: image.negative_prompt ?? "" },
    { name: "Model", value: image.model },
    { name: "Seed", value: image.seed ?? "" },
    { name: "Size", value: `${image.width} × ${image.height}` },
  ];
  return new Map(
    [...own, ...parameterLines(image.generation_params)].map(({ name, value }) => [name, value]),
  );
}

/** Returns what images differ in, in the order in which details are shown. */
export function differences(images: readonly ImageDetail[]): Difference[] {
  const lines = images.map(linesOf);
  const names = new Set(lines.flatMap((each) => [...each.keys()]));
  return [...names]
    .map((name) => ({ name, values: lines.map((each) => each.get(name) ?? "") }))
    .filter(({ values }) => new Set(values).size > 1);
}
