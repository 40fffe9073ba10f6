// Owns how the parameters of an image are shown: their order, and which belong
// together. Also which parameters differ between images.
import type { ImageDetail } from "../ipc/bindings";
import { nameInGroup, switchName, titleOf } from "./parameter-names";
import { asTables, asText, readingOf, withTimes, type Reading, type Row } from "./parameter-shapes";
import { toolName } from "./tool-names";
import { isEmpty, isFields, nameOf, plainText, readWritten, TOO_LONG } from "./written";

/** Where a parameter is shown: with the model, with what matters most, or with the rest. */
export type Place = "model" | "main" | "rest";

/** One parameter; the key is unique among those of one image. */
export type Parameter = Reading & { key: string; place: Place };

/** Keys in the order of their importance; the others follow in their own. */
const PARAMETER_ORDER: Readonly<Record<Place, readonly string[]>> = {
  model: ["loras", "models"],
  main: [
    "steps",
    "sampler",
    "scheduler",
    "cfg",
    "guidance",
    "distilled cfg scale",
    "size",
    "hires",
    "hires_fix",
    "upscaler",
    "refiner",
    "passes",
    "denoise",
    "vae",
    "clip_skip",
    "tool",
  ],
  rest: ["model_hash", "controlnet", "adetailer", "characters", "inputs"],
};
const ORDERED_KEYS = Object.values(PARAMETER_ORDER).flat();

/** Settings that tools write one by one, and that are shown as one parameter. */
const GROUPS: { key: string; title: string; starts: RegExp }[] = [
  { key: "hires", title: "Hires fix", starts: /^hires[ _]+(?!fix$)(?=\S)/i },
  { key: "refiner", title: "Refiner", starts: /^refiner[ _]*(?=\S|$)/i },
  { key: "adetailer", title: "ADetailer", starts: /^adetailer[ _]+(?=\S)/i },
];

/** Returns the parameters as they are shown, without empty ones. */
export function parametersOf(params: Record<string, string>): Parameter[] {
  const isMidjourney = params["tool"] === "midjourney";
  const found = new Map<string, Reading>();
  const grouped = new Map<string, Row[]>();
  for (const [key, text] of Object.entries(params)) {
    const low = key.toLowerCase();
    if (low === "tool_version") continue;
    if (text.length > TOO_LONG) {
      found.set(key, asText(titleOf(key), "Too long to show here. All of it is under Raw."));
      continue;
    }
    const value = readWritten(text);
    if (isEmpty(value) || isRepeated(low, text, params)) continue;
    const group = GROUPS.find(({ starts }) => starts.test(key));
    const isSimple = !Array.isArray(value) && (!isFields(value) || nameOf(value) !== null);
    if (group && isSimple) {
      const ownName = key.replace(group.starts, "");
      const name = ownName === "" ? "Model" : nameInGroup(ownName);
      grouped.set(group.key, [
        ...(grouped.get(group.key) ?? []),
        { name, value: withTimes(plainText(value)) },
      ]);
      continue;
    }
    const short = isMidjourney ? switchName(key) : undefined;
    found.set(key, readingOf(key, short ?? titleOf(key), value));
  }
  mergeGroups(found, grouped);
  // The web UI writes the denoising of Hires fix as that of the picture.
  const ofHires = found.get("hires")?.tables[0]?.rows.find(({ name }) => name === "Denoise");
  if (ofHires && ofHires.value === found.get("denoise")?.text) found.delete("denoise");
  nameTool(found, params);
  const seen = new Set<string>();
  return [...found]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([key, reading]) => ({ key, place: placeOf(key), ...reading }))
    .filter(({ name, text }) => {
      // Some tools write the same under two keys.
      const line = JSON.stringify([name, text]);
      return text !== "" && !seen.has(line) && seen.add(line);
    });
}

function rankedKey(key: string): string {
  const low = key.toLowerCase();
  return low.startsWith("controlnet ") ? "controlnet" : low;
}

function rank(key: string): number {
  const at = ORDERED_KEYS.indexOf(rankedKey(key));
  return at < 0 ? ORDERED_KEYS.length : at;
}

function placeOf(key: string): Place {
  const isIn = (place: Place) => PARAMETER_ORDER[place].includes(rankedKey(key));
  return isIn("model") ? "model" : isIn("main") ? "main" : "rest";
}

/** What some tools write again under their own names, by the key that has it. */
const REPEATED: readonly (readonly [key: string, repeated: RegExp])[] = [
  ["cfg", /^guidance scale$/],
  ["denoise", /^strength$/],
  ["loras", /^lora \d+ (model|weight)$/],
];

/** Returns whether a value, such as a number of Draw Things, is shown by another key. */
function isRepeated(low: string, text: string, params: Record<string, string>): boolean {
  return REPEATED.some(([key, repeated]) => {
    const shown = params[key];
    if (shown === undefined || !repeated.test(low)) return false;
    return key === "loras" || Number(shown) === Number(text);
  });
}

function mergeGroups(found: Map<string, Reading>, grouped: Map<string, Row[]>): void {
  for (const { key, title } of GROUPS) {
    const before = found.get(key);
    const rows = [...(before?.tables[0]?.rows ?? []), ...(grouped.get(key) ?? [])];
    if (rows.length > 0) found.set(key, asTables(title, [{ title: null, rows, of: "fields" }]));
  }
}

/** A tool and its version are one line. */
function nameTool(found: Map<string, Reading>, params: Record<string, string>): void {
  const tool = (params["tool"] ?? "").trim();
  const name = toolName(tool);
  const version = versionOf(name, (params["tool_version"] ?? "").trim());
  const text = [name, version].filter((part) => part !== "").join(" ");
  if (text !== "") found.set("tool", asText("Tool", text));
}

/** Forks write their own names into their versions: "neo-2.28", "classic". */
function versionOf(name: string, version: string): string {
  const fork = name.split(" ").at(-1)?.toLowerCase() ?? "";
  const low = version.toLowerCase();
  if (low === fork) return "";
  if (low.startsWith(`${fork}-`)) return version.slice(fork.length + 1);
  // Other names are of the program that wrote the text.
  return /\d/.test(version) || version === "" ? version : `(${version})`;
}

/** A parameter that differs between images, with each value. */
export type Difference = { name: string; values: string[] };

function linesOf(image: ImageDetail): Map<string, string> {
  const own = [
    { name: "Prompt", text: image.prompt },
    { name: "Negative prompt", text: image.negative_prompt ?? "" },
    { name: "Model", text: image.model },
    { name: "Seed", text: image.seed ?? "" },
    // "Size" is what the tool was asked for.
    { name: "Picture size", text: `${String(image.width)} × ${String(image.height)}` },
  ];
  const lines = new Map<string, string>();
  for (const { name, text } of [...own, ...parametersOf(image.generation_params)]) {
    if (!lines.has(name)) lines.set(name, text);
  }
  return lines;
}

/** Returns the parameters that differ, in the order in which details are shown. */
export function differences(images: readonly ImageDetail[]): Difference[] {
  const lines = images.map(linesOf);
  const names = new Set(lines.flatMap((each) => [...each.keys()]));
  return [...names]
    .map((name) => ({ name, values: lines.map((each) => each.get(name) ?? "") }))
    .filter(({ values }) => new Set(values).size > 1);
}
