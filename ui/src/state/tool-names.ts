// Owns the names of tools, as their makers spell them.

// The ids are those of metadata/info.rs.
const names = new Map([
  ["automatic1111", "AUTOMATIC1111"],
  ["sd-webui", "Stable Diffusion web UI"],
  ["forge", "Forge"],
  ["forge-classic", "Forge Classic"],
  ["forge-neo", "Forge Neo"],
  ["reforge", "reForge"],
  ["easy-reforge", "EasyReforge"],
  ["sd-next", "SD.Next"],
  ["comfyui", "ComfyUI"],
  ["invokeai", "InvokeAI"],
  ["novelai", "NovelAI"],
  ["fooocus", "Fooocus"],
  ["ruined-fooocus", "RuinedFooocus"],
  ["swarmui", "SwarmUI"],
  ["easydiffusion", "Easy Diffusion"],
  ["draw-things", "Draw Things"],
  ["midjourney", "Midjourney"],
  ["civitai", "Civitai"],
  ["tensorart", "Tensor.Art"],
  ["stability-matrix", "Stability Matrix"],
  ["hf-space", "Hugging Face Space"],
  ["c2pa:openai", "OpenAI"],
  ["c2pa:google", "Google"],
  ["c2pa:adobe", "Adobe"],
  ["c2pa:microsoft", "Microsoft"],
  ["c2pa", "Not named (C2PA)"],
  ["iptc", "Not named (IPTC)"],
  ["other", "Not named"],
]);

/** Returns the name of a tool. Unknown tools show their id. */
export function toolName(tool: string): string {
  return names.get(tool) ?? tool;
}
