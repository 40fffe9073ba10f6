// Owns how the facts of an image read: parameters, seeds.

const SEED_MAX = 2n ** 64n - 1n;

/** Returns why a text is no seed; seeds are whole numbers up to 64 bits, or -1 for random. */
export function seedProblem(text: string): string | null {
  const seed = text.trim();
  if (seed === "" || seed === "-1") return null;
  if (!/^\d+$/.test(seed)) return "A seed is a whole number, or -1 for random.";
  return BigInt(seed) > SEED_MAX ? "A seed is at most 18446744073709551615." : null;
}

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

const GRAPHS = ["comfyui", "civitai", "tensorart", "stability-matrix"];

/** Says whether a picture may have come with a graph that ComfyUI opens. */
export function hasWorkflow(params: Record<string, string>): boolean {
  return GRAPHS.includes(params["tool"] ?? "");
}
