// Makes up the pictures of a library: sizes, prompts and moments, the same each time.
import type { ImageDetail, ImageKind, MadeFrom, Tile } from "../src/ipc/bindings";
import { written } from "./parameters";

let state = 7;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const prompts = [
  "portrait of a glassblower, rim light, shallow depth of field, kodak portra",
  "dusk over a terraced harbour, lanterns, wet stone, 35mm, volumetric haze",
  "still life with pears and pewter, north light, oil on panel",
  "fog in a birch forest, muted palette, long exposure",
  "concept sketch of a walking lighthouse, ink and gouache",
];
const sizes = [
  [1216, 832],
  [832, 1216],
  [1024, 1024],
  [1344, 768],
  [896, 1152],
] as const;

const REFERENCES = 240;
const madeFrom: MadeFrom[] = ["metadata", "exif", "file_name", "file_time", "import"];

/** when the newest picture was made */
export const newest = Date.now() - 60_000;

export const idOf = (number: number, kind: ImageKind) =>
  `0190000${kind === "generated" ? 0 : 1}-0000-7000-8000-${String(number).padStart(12, "0")}`;

/** Returns how far the upload of the picture at a position is. */
function uploadAt(at: number, isConfigured: boolean): Tile["upload"] {
  if (!isConfigured) return "local";
  if (at < 2) return "uploading";
  return at === 5 ? "waiting" : at === 8 ? "parked" : "stored";
}

/** Returns `count` generated pictures and some references, newest first. */
export function makePictures(count: number, isConfigured: boolean): Tile[] {
  const tiles: Tile[] = [];
  let clock = newest;
  for (let at = 0; at < count + REFERENCES; at++) {
    const isReference = at >= count;
    if (at === count) clock = newest;
    const [width, height] = pick(sizes);
    clock -= random() < 0.04 ? random() * 90_000_000 : random() * 1_500_000;
    const isPublic = random() < 0.12;
    tiles.push({
      id: idOf(1e6 - at, isReference ? "reference" : "generated"),
      kind: isReference ? "reference" : "generated",
      filename: `ComfyUI_${String(count - at).padStart(5, "0")}_.png`,
      width,
      height,
      created_at: Math.round(clock),
      visibility: isReference ? null : isPublic ? "public" : "unlisted",
      sensitive: !isReference && at % 9 === 4,
      rating: isReference ? 0 : Math.max(0, (at % 13) - 7),
      favourite: at % 17 === 3,
      added_at: Math.round(clock) + 60_000,
      size_bytes: 1_400_000 + (at % 7) * 200_000,
      prompt: isReference ? "" : pick(prompts),
      upload: uploadAt(at, isConfigured),
      removed_at: !isReference && at > 40 && at < 45 ? newest - at * 1000 : null,
      // Of each nine pictures, the first five were made in one go.
      stack: !isReference && at % 9 < 5 ? 1 + Math.floor(at / 9) : 0,
    });
  }
  return tiles;
}

function parametersOf({ id }: Tile): Record<string, string> {
  const values = written[Number(id.slice(-4)) % written.length] ?? {};
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)]));
}

/** Returns what is known of a picture beyond its tile. */
export function detailOf(tile: Tile, isConfigured: boolean): Partial<ImageDetail> {
  const { created_at, id, upload } = tile;
  const isGenerated = tile.kind === "generated";
  const address = `https://img.example.art/generated/ana/${created_at}-9f2c41d07be8.png`;
  return {
    url: isConfigured ? address : null,
    model: "sdxl_base_1.0",
    seed: isGenerated ? String(BigInt(created_at) * 7919n) : null,
    negative_prompt: isGenerated ? "blurry, extra fingers" : null,
    generation_params: isGenerated ? parametersOf(tile) : {},
    created_from: madeFrom[Number(id.slice(-2)) % madeFrom.length] ?? "import",
    added_at: newest,
    notices: Number(id.slice(-1)) === 0 ? ["incomplete", "metadata_in_part"] : [],
    upload_problem: upload === "parked" ? { code: "Rejected", message: "" } : null,
  };
}
