// Owns which values of parameters are small tables, and their texts. The shapes
// are those of metadata/info.rs and of the readers in metadata/tools/.
import { titleOf } from "./parameter-names";
import {
  isEmpty,
  isFields,
  nameOf,
  numberText,
  plainText,
  withoutZeros,
  type Fields,
  type Written,
} from "./written";

/** A line of a small table; some lists have names only. */
export type Row = { name: string; value: string };
export type Table = {
  title: string | null;
  rows: Row[];
  /** the first column: the names of things, or of their fields */
  of: "names" | "fields";
};

/** A value, as it is shown. */
export type Reading = {
  name: string;
  /** all of it as plain words; shown where there are no tables */
  text: string;
  tables: Table[];
};

/** Entries of one list that become rows. */
const MOST_ROWS = 200;

export const asText = (name: string, text: string): Reading => ({ name, text, tables: [] });

export function asTables(name: string, tables: Table[]): Reading {
  const lines = tables.flatMap(({ title, rows }) => [
    ...(title === null ? [] : [title]),
    ...rows.map((row) => (row.value === "" ? row.name : `${row.name}: ${row.value}`)),
  ]);
  return { name, text: lines.join("\n"), tables: tables.filter(({ rows }) => rows.length > 0) };
}

/** Returns what `make` returns for the first items, and `last` if there are more. */
function upTo<From, To>(
  all: readonly From[],
  make: (item: From, at: number) => To[],
  last: (words: string) => To,
): To[] {
  const more = all.length - MOST_ROWS;
  const made = all.slice(0, MOST_ROWS).flatMap(make);
  return more > 0 ? [...made, last(`${String(more)} more, see Raw`)] : made;
}

/** A row of a name alone. */
const bare = (name: string): Row => ({ name, value: "" });
const lastTable = (name: string): Table => ({ title: null, rows: [bare(name)], of: "names" });

const asRows = (name: string, rows: Row[], of: Table["of"] = "fields"): Reading =>
  rows.length === 0 ? asText(name, "") : asTables(name, [{ title: null, rows, of }]);

/** Returns the text and the tables of a parameter. */
export function readingOf(key: string, name: string, value: Written): Reading {
  const known = knownShapes.get(key.toLowerCase()) ?? (isControlNet(key) ? settings : undefined);
  return known?.(name, value) ?? unknown(name, value);
}

type Shape = (name: string, value: Written) => Reading | null;

const real: Shape = (name, value) =>
  typeof value === "string" ? asText(name, withoutZeros(numberText(value))) : null;

const knownShapes = new Map<string, Shape>([
  ["cfg", real],
  ["denoise", real],
  ["guidance", real],
  ["cfg_rescale", real],
  ["cfg_rescale_multiplier", real],
  ["uncond_scale", real],
  ["guidance scale", real],
  ["strength", real],
  ["noise", real],
  ["size", pixels],
  ["first pass size", pixels],
  ["hires", hires],
  ["loras", (name, value) => names(name, value, (fields) => fields["weight"])],
  ["models", names],
  ["inputs", names],
  ["passes", passes],
  ["characters", (name, value) => characters(name, value, "Prompt")],
  ["negative_characters", (name, value) => characters(name, value, "Negative prompt")],
  ["civitai resources", resources],
  ["c2pa", claim],
  ["digital_source_type", (name, value) => asText(name, sourceType(plainText(value)))],
  ["lora hashes", settings],
  ["ti hashes", settings],
  ["hashes", hashes],
]);

/** Returns `1280x704` as people write it; other texts stay. */
export const withTimes = (text: string): string => text.replace(/^(\d+)x(\d+)$/i, "$1 × $2");

/** `[1280, 704]`, or `1280x704`. */
function pixels(name: string, value: Written): Reading | null {
  const sides = Array.isArray(value) ? value : typeof value === "string" ? value.split(/[x×]/) : [];
  const [width, height, ...more] = sides.map((side) =>
    typeof side === "string" ? side.trim() : "",
  );
  const isPair = more.length === 0 && [width, height].every((side) => /^\d+$/.test(side ?? ""));
  return isPair ? asText(name, `${String(width)} × ${String(height)}`) : null;
}

/** A list of names, some of them with a number. */
function names(
  name: string,
  value: Written,
  besideOf: (fields: Fields) => Written | undefined = () => undefined,
): Reading | null {
  if (!Array.isArray(value)) return null;
  const row = (item: Written): Row[] => {
    if (!isFields(item)) return isEmpty(item) ? [] : [{ name: plainText(item), value: "" }];
    const own = item["name"] ?? item["model"] ?? null;
    if (isEmpty(own)) return [];
    const beside = besideOf(item) ?? null;
    return [{ name: nameOf(own) ?? plainText(own), value: plainText(beside) }];
  };
  const rows = upTo(value, row, bare);
  return asRows(name, rows, "names");
}

/** Sorts rows by their keys; those that are not named come last. */
function inOrder(rows: (Row & { key: string })[], order: readonly string[]): Row[] {
  const place = ({ key }: { key: string }) =>
    order.includes(key) ? order.indexOf(key) : order.length;
  const sorted = [...rows].sort((a, b) => place(a) - place(b));
  return sorted.map(({ name, value }) => ({ name, value }));
}

const HIRES_ORDER = ["upscaler", "scale", "steps", "denoise"];

/** The second, larger pass of AUTOMATIC1111 and its forks. */
function hires(name: string, value: Written): Reading | null {
  return isFields(value) ? asRows(name, inOrder(rowsOf(value), HIRES_ORDER)) : null;
}

const PASS_ORDER = ["model", "steps", "sampler", "scheduler", "cfg", "denoise", "seed", "prompt"];

/** The passes after the base pass: one table each, with the name of its node. */
function passes(name: string, value: Written): Reading | null {
  if (!Array.isArray(value) || !value.every(isFields)) return null;
  const table = ({ node = null, ...pass }: Fields): Table[] => {
    const rows = inOrder(rowsOf(pass), PASS_ORDER);
    return [{ title: isEmpty(node) ? "Pass" : plainText(node), rows, of: "fields" }];
  };
  const tables = upTo(value, table, lastTable);
  return asTables(tables.length === 1 ? "Later pass" : name, tables);
}

/** The characters of NovelAI: each has a prompt and positions between 0 and 1. */
function characters(name: string, value: Written, caption: string): Reading | null {
  if (!Array.isArray(value) || !value.every(isFields)) return null;
  const inCharacter = new Map([
    ["char_caption", caption],
    ["uc", "Negative prompt"],
    ["centers", "Position"],
  ]);
  const table = (fields: Fields, at: number): Table[] => {
    const rows = inOrder(rowsOf(fields, inCharacter), ["char_caption"]);
    return [{ title: `Character ${String(at + 1)}`, rows, of: "fields" }];
  };
  return asTables(name, upTo(value, table, lastTable));
}

const kinds = new Map([
  ["checkpoint", "checkpoint"],
  ["model", "checkpoint"],
  ["lora", "LoRA"],
  ["lycoris", "LyCORIS"],
  ["dora", "DoRA"],
  ["embed", "embedding"],
  ["embedding", "embedding"],
  ["vae", "VAE"],
]);

/** The models that the generator on civitai.com used, one row each. */
function resources(name: string, value: Written): Reading | null {
  if (!Array.isArray(value) || !value.every(isFields)) return null;
  const row = (fields: Fields): Row[] => {
    const text = (key: string) => plainText(fields[key] ?? null);
    const versionName = text("modelVersionName") || text("versionName");
    const called = [text("modelName") || text("name"), versionName];
    // urn:air:illustrious:checkpoint:civitai:827184@1761560
    const [, , , kindInAir = "", , model = ""] = text("air").split(":");
    const version = text("modelVersionId") || (model.split("@")[1] ?? "");
    const kind = text("type") || kindInAir;
    const weight = text("weight") || text("strength");
    const beside = [kinds.get(kind.toLowerCase()) ?? kind, weight === "" ? "" : `weight ${weight}`];
    const unnamed = version === "" ? "Unnamed" : `Model version ${version}`;
    return [{ name: joined(called, " ") || unnamed, value: joined(beside, ", ") }];
  };
  return asRows(name, upTo(value, row, bare), "names");
}

const inClaim = new Map([
  ["ai_generated", "Made with AI"],
  ["digital_source_type", "Source type"],
  ["software_agent", "Made by"],
  ["claim_generator", "Signed by"],
  ["verified", "Signature"],
]);
const vendors = new Map([
  ["openai", "OpenAI"],
  ["google", "Google"],
  ["adobe", "Adobe"],
  ["microsoft", "Microsoft"],
  ["unknown", "Not known"],
]);

function claim(name: string, value: Written): Reading | null {
  if (!isFields(value)) return null;
  const rows = rowsOf(value, inClaim).map(({ key, name, value }): Row => {
    if (key === "vendor") return { name, value: vendors.get(value) ?? value };
    if (key === "digital_source_type") return { name, value: sourceType(value) };
    if (key === "verified") return { name, value: value === "Yes" ? "Checked" : "Not checked" };
    return { name, value };
  });
  return asRows(name, rows);
}

// https://cv.iptc.org/newscodes/digitalsourcetype/
const sourceTypes = new Map([
  ["trainedAlgorithmicMedia", "Made by a trained model"],
  ["compositeWithTrainedAlgorithmicMedia", "Partly made by a trained model"],
  ["algorithmicMedia", "Made by an algorithm"],
]);

function sourceType(term: string): string {
  return sourceTypes.get(term.slice(term.lastIndexOf("/") + 1)) ?? term;
}

const hashed = new Map([
  ["lora", "LoRA"],
  ["embed", "embedding"],
]);

/** Hashes of files by their names, such as `lora:film`. */
function hashes(name: string, value: Written): Reading | null {
  if (!isFields(value)) return null;
  const rows = rowsOf(value).map(({ key, name, value }): Row => {
    const [kind = "", ...file] = key.split(":");
    const of = hashed.get(kind.toLowerCase());
    return { name: of === undefined ? name : `${file.join(":")} (${of})`, value };
  });
  return asRows(name, rows);
}

const isControlNet = (key: string): boolean => /^controlnet \d+$/i.test(key);

/** `Module: canny, Model: control [d14c016b], Weight: 1`: a text of settings as the web UI writes them. */
function settings(name: string, value: Written): Reading | null {
  if (typeof value !== "string") return null;
  const parts = value.split(/,(?=[^,:]+:)/);
  if (!parts.every((part) => part.includes(":"))) return null;
  const row = (part: string): Row[] => {
    const colon = part.indexOf(":");
    const [key, text] = [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
    return key === "" || text === "" ? [] : [{ name: key, value: text }];
  };
  return asRows(name, upTo(parts, row, bare));
}

/** Returns the fields that are not empty as rows, with their keys. */
function rowsOf(fields: Fields, called = new Map<string, string>()): (Row & { key: string })[] {
  const row = ([key, value]: [string, Written]) => {
    const name = called.get(key) ?? titleOf(key);
    return isEmpty(value) ? [] : [{ key, name, value: plainText(value) }];
  };
  return upTo(Object.entries(fields), row, (words) => ({ key: "", ...bare(words) }));
}

/** A value whose meaning is not known: fields are a table, and lists of fields several. */
function unknown(name: string, value: Written): Reading {
  if (isFields(value) && nameOf(value) === null) {
    return asRows(name, inOrder(rowsOf(value), []));
  }
  if (Array.isArray(value) && value.some((item) => isFields(item) && nameOf(item) === null)) {
    const table = (item: Written, at: number): Table[] => {
      const title = value.length === 1 ? null : String(at + 1);
      if (!isFields(item)) return [{ title, rows: [bare(plainText(item))], of: "names" }];
      return [{ title, rows: inOrder(rowsOf(item), []), of: "fields" }];
    };
    return asTables(name, upTo(value, table, lastTable));
  }
  // A text that was not shortened stays whole. It is folded where it is shown.
  return asText(name, typeof value === "string" ? numberText(value) : plainText(value));
}

const joined = (parts: readonly string[], by: string): string =>
  parts.filter((part) => part !== "").join(by);
