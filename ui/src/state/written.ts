// Owns how a value that a tool wrote is shown in plain words: lists, fields and
// numbers, never JSON. Knows nothing of what the values mean.

/** A value as it was written. Numbers are texts, since doubles lose the digits of seeds. */
export type Written = string | boolean | null | Written[] | { [key: string]: Written };
export type Fields = { [key: string]: Written };

/** Longer texts are not parsed; in characters. */
export const TOO_LONG = 200_000;
/** The most text that is shown of one value, in characters. */
const ENOUGH = 4_000;
/** The most entries that are shown of one list or of one set of fields. */
const MOST = 100;
const DEEPEST = 8;

const STRING_OR_NUMBER = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Returns the value in a text: JSON is parsed, everything else is text. */
export function readWritten(text: string): Written {
  const plainText = text.trim();
  if (plainText === "null") return null;
  // Python writes them with a capital.
  if (/^([Tt]rue|[Ff]alse)$/.test(plainText)) return plainText.toLowerCase() === "true";
  if (!/^[[{]/.test(plainText) || plainText.length > TOO_LONG) return plainText;
  return parsed(plainText) ?? parsed(fromPython(plainText)) ?? plainText;
}

function parsed(text: string): Written | undefined {
  try {
    const quoted = text.replace(STRING_OR_NUMBER, (part) =>
      part.startsWith('"') ? part : `"${withoutZeros(part)}"`,
    );
    return JSON.parse(quoted) as Written;
  } catch {
    return undefined;
  }
}

const OF_PYTHON = /"[^"\\]*(?:\\[^][^"\\]*)*"|'([^'\\]*)'|\b(True|False|None)\b/g;
const constants = new Map([
  ["True", "true"],
  ["False", "false"],
  ["None", "null"],
]);

/** Some tools print their lists as Python does: ['one', 'two']. */
function fromPython(text: string): string {
  return text.replace(OF_PYTHON, (part, text?: string, constant?: string) => {
    if (text !== undefined) return JSON.stringify(text);
    return (constant === undefined ? undefined : constants.get(constant)) ?? part;
  });
}

export const isFields = (value: Written | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns whether there is nothing to show. */
export function isEmpty(value: Written, depth = 0): boolean {
  if (typeof value === "string") return value.trim() === "";
  if (value === null) return true;
  if (typeof value !== "object" || depth > DEEPEST) return false;
  return Object.values(value).every((part) => isEmpty(part, depth + 1));
}

/** Returns 7 for 7.0. */
export const withoutZeros = (number: string): string => number.replace(/^(-?\d+)\.0+$/, "$1");

/** Returns a number as people write it: 0.699999988079071 is 0.7 in single precision. */
export function numberText(text: string): string {
  if (!/^-?\d{1,15}\.\d{6,}(?:[eE][+-]?\d+)?$/.test(text)) return text;
  return String(Number(Number(text).toPrecision(6)));
}

const words = new Map([
  ["cfg", "CFG"],
  ["vae", "VAE"],
  ["lora", "LoRA"],
  ["loras", "LoRAs"],
  ["id", "ID"],
  ["url", "URL"],
  ["ip", "IP"],
  ["hrf", "High resolution fix"],
]);

/** Returns a key as a label: model_hash, workEngine and "Schedule type" read the same way. */
export function keyLabel(key: string): string {
  // A key with spaces is already written for people.
  if (/^\S+ /.test(key)) return key.charAt(0).toUpperCase() + key.slice(1);
  const spaced = key
    .replace(/[_\s]+/g, " ")
    .replace(/([a-z0-9])([A-Z][a-z])/g, "$1 $2")
    .trim();
  const parts = spaced.split(" ").map((part, at) => {
    const known = words.get(part.toLowerCase());
    if (known !== undefined) return known;
    if (part === part.toUpperCase()) return part;
    const [first = ""] = part;
    const rest = part.slice(first.length);
    return at === 0 ? first.toUpperCase() + rest : first.toLowerCase() + rest;
  });
  return parts.join(" ");
}

const NAMES = ["name", "model_name", "modelName", "file_name", "image_name"];
const BESIDE_A_NAME = new Set([
  ...NAMES,
  "key",
  "hash",
  "base",
  "base_model",
  "type",
  "model_type",
  "submodel_type",
  "width",
  "height",
]);

/** Returns the name of a model or picture that is written as a set of fields, if it is one. */
export function nameOf(value: Written | undefined): string | null {
  if (!isFields(value)) return null;
  const name = NAMES.map((key) => value[key]).find((each) => typeof each === "string");
  if (name === undefined || name === "") return null;
  return Object.keys(value).every((key) => BESIDE_A_NAME.has(key)) ? name : null;
}

/** Returns a value as one line of plain words. */
export function plainText(value: Written): string {
  const room = { left: ENOUGH };
  const text = said(value, 0, room);
  return room.left > 0 ? text : `${text.slice(0, ENOUGH).trimEnd()} …`;
}

function said(value: Written, depth: number, room: { left: number }): string {
  if (value === null || room.left <= 0) return "";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "string") {
    const inside = depth < DEEPEST ? readWritten(value) : value;
    if (typeof inside === "object" && inside !== null) return said(inside, depth + 1, room);
    const text = numberText(value.trim());
    room.left -= text.length;
    return text;
  }
  if (depth >= DEEPEST) return "…";
  const name = nameOf(value);
  if (name !== null) return said(name, depth + 1, room);
  return Array.isArray(value) ? list(value, depth, room) : fields(value, depth, room);
}

function list(items: readonly Written[], depth: number, room: { left: number }): string {
  const parts: string[] = [];
  for (const item of items.slice(0, MOST)) {
    if (room.left <= 0) break;
    const text = said(item, depth + 1, room);
    if (text !== "") parts.push(text);
  }
  const more = items.length - MOST;
  if (more > 0 && room.left > 0) parts.push(`${String(more)} more`);
  const isSimple = items.every((item) => typeof item !== "object" || nameOf(item) !== null);
  return parts.join(isSimple ? ", " : "; ");
}

function fields(value: Fields, depth: number, room: { left: number }): string {
  const parts: string[] = [];
  const all = Object.entries(value);
  for (const [key, part] of all.slice(0, MOST)) {
    if (room.left <= 0) break;
    if (isEmpty(part)) continue;
    room.left -= key.length;
    const text = said(part, depth + 1, room);
    const isNested = isFields(part) && nameOf(part) === null;
    parts.push(`${keyLabel(key)} ${isNested ? `(${text})` : text}`);
  }
  const more = all.length - MOST;
  if (more > 0 && room.left > 0) parts.push(`${String(more)} more`);
  return parts.join(", ");
}
