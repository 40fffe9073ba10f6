// Owns which seeds are valid, and which pictures may have a graph.

const SEED_MAX = 2n ** 64n - 1n;

/** Returns why a text is not a seed, or null. Seeds are whole numbers up to 64 bits, or -1 for random. */
export function seedProblem(text: string): string | null {
  const seed = text.trim();
  if (seed === "" || seed === "-1") return null;
  if (!/^\d+$/.test(seed)) return "A seed is a whole number, or -1 for random.";
  return BigInt(seed) > SEED_MAX ? "A seed is at most 18446744073709551615." : null;
}

const GRAPHS = ["comfyui", "civitai", "tensorart", "stability-matrix"];

/** Returns whether a picture may contain a graph that ComfyUI can open. */
export function hasWorkflow(params: Record<string, string>): boolean {
  return GRAPHS.includes(params["tool"] ?? "");
}
