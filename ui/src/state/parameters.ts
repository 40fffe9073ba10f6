// Owns how the parameters of an image are shown: their order, and which belong
// together. Also which parameters differ between images.
import type { ImageDetail } from "../ipc/bindings";
import { nameInGroup, switchName, titleOf } from "./parameter-names";
import { asTables, asText, readingOf, type Reading, type Row } from "./parameter-shapes";
import { toolName } from "./tool-names";
import { isEmpty, isFields, nameOf, plainText, readWritten, TOO_LONG } from "./written";

/** One parameter; the key is unique among those of one image. */
export type Parameter = Reading & { key: string };

/** Keys in the order people read them; the others follow in their own. */
const PARAMETER_ORDER = [
  "steps",
  "sampler",
  "scheduler",
  "cfg",
  "guidance",
  "distilled cfg scale",
  "size",
  "loras",
  "denoise",
  "clip_skip",
  "vae",
  "model_hash",
  "models",
  "hires",
  "refiner",
  "passes",
  "controlnet",
  "adetailer",
  "characters",
  "inputs",
  "tool",
];

/** Settings that tools write one by one, and that are shown as one parameter. */
const GROUPS: { key: string; title: string; starts: RegExp }[] = [
  { key: "hires", title: "Hires fix", starts: /^hires[ _]+(?=\S)/i },
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
    if (isEmpty(value)) continue;
    const group = GROUPS.find(({ starts }) => starts.test(key));
    const isSimple = !Array.isArray(value) && (!isFields(value) || nameOf(value) !== null);
    if (group && isSimple) {
      const ownName = key.replace(group.starts, "");
      const name = ownName === "" ? "Model" : nameInGroup(ownName);
      grouped.set(group.key, [
        ...(grouped.get(group.key) ?? []),
        { name, value: plainText(value) },
      ]);
      continue;
    }
    const short = isMidjourney ? switchName(key) : undefined;
    found.set(key, readingOf(key, short ?? titleOf(key), value));
  }
  mergeGroups(found, grouped);
  nameTool(found, params);
  const seen = new Set<string>();
  return [...found]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([key, reading]) => ({ key, ...reading }))
    .filter(({ name, text }) => {
      // Some tools write the same under two keys.
      const line = JSON.stringify([name, text]);
      return text !== "" && !seen.has(line) && seen.add(line);
    });
}

function rank(key: string): number {
  const low = key.toLowerCase();
  const at = PARAMETER_ORDER.indexOf(low.startsWith("controlnet ") ? "controlnet" : low);
  return at < 0 ? PARAMETER_ORDER.length : at;
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
  const version = (params["tool_version"] ?? "").trim();
  const text = [toolName(tool), version].filter((part) => part !== "").join(" ");
  if (text !== "") found.set("tool", asText("Tool", text));
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
