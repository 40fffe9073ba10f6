// Stands in for ui/src/ipc in a plain browser (npm run dev:mock): the made-up host
// of the component tests, with a library to look at. The product build never
// reaches this file.
import type * as ipc from "../src/ipc";
import type { ImportSummary, Theme, Tile } from "../src/ipc/bindings";
import { aBootstrap, aBucketSettings } from "../src/testing/fixtures";
import { makeFeed } from "./feed";
import { madeUpHost } from "../src/testing/host/host";
import { Hub } from "../src/testing/host/hub";
import { detailOf, idOf, makePictures, newest } from "./pictures";
import { makeSummary, makeTransfers } from "./transfers";

const asked = new URLSearchParams(location.search);
const COUNT = Number(asked.get("images") ?? 5000);
const isConfigured = asked.get("bucket") !== "no";

const tiles = makePictures(COUNT, isConfigured);
const references = tiles.filter(({ kind }) => kind === "reference");
const generated = tiles.filter(
  ({ kind, removed_at }) => kind === "generated" && removed_at === null,
);
const generatedAt = (places: number[]) => places.flatMap((at) => generated[at]?.id ?? []);
const membersFrom = (from: number, to: number) =>
  new Set(references.slice(from, to).map(({ id }) => id));
const isRunning = isConfigured && COUNT > 0;

const hub = new Hub();
const host = madeUpHost(hub, {
  tiles,
  galleries:
    COUNT > 0
      ? [
          { id: "g1", name: "Hands", members: membersFrom(0, 60) },
          { id: "g2", name: "Lighting", members: membersFrom(50, 90) },
          { id: "g3", name: "Palettes", members: new Set() },
        ]
      : [],
  collections:
    COUNT > 0
      ? [
          {
            id: "c1",
            name: "Best of 2026",
            members: generatedAt([12, 3, 40, 7, 25, 1, 60, 33, 18]),
          },
          { id: "c2", name: "Harbours in fog", members: generatedAt([90, 91, 95]) },
          { id: "c3", name: "Posters", members: [] },
        ]
      : [],
  detailOf: (tile) => detailOf(tile, isConfigured),
  madeWith: (catalog) => {
    const all = catalog.inView({ view: "references", gallery: null });
    return { linked: all.slice(0, 3), suggested: all.slice(4, 5) };
  },
  saved: [
    { name: "Harbours", query: "harbour " },
    { name: "Five stars", query: "is:favourite " },
  ],
  watched: [
    { id: 1, path: "/home/ana/ComfyUI/output", ignored: ["temp"], offered: 1240, is_there: true },
  ],
  settings: {
    ...aBootstrap().settings,
    theme: (asked.get("theme") ?? "dark") as Theme,
    start_veiled: asked.get("veiled") === "yes",
  },
  bucket: isConfigured
    ? aBucketSettings({
        account_id: "3f1c9a",
        bucket: "artist-images",
        public_url: "https://img.example.art",
        has_credentials: true,
        credentials_kept: "keyring",
      })
    : aBucketSettings(),
  bucketStatus: {
    configured: isConfigured,
    bucket: isConfigured ? "artist-images" : null,
    missing: [],
  },
  ...makeFeed(asked.get("feed"), tiles),
  transfers: isRunning ? makeTransfers(tiles) : [],
  summary: makeSummary(isConfigured, isRunning),
  bring,
  importedAt: newest,
  isSlow: true,
});

const refused: ImportSummary = {
  imported: 0,
  duplicates: 0,
  in_trash: 0,
  trashed: [],
  switched: 0,
  rejected: 2,
  passed_over: {
    kinds: [
      { kind: "video", count: 2 },
      { kind: "SVG", count: 1 },
    ],
    counted: 2,
    hidden: 1,
    links: 0,
    libraries: 0,
    others: 12,
  },
  cancelled: false,
  done: 5,
  total: 5,
  files: [
    { name: "sketch.svg", outcome: "rejected", id: null, reason: null, code: "Svg", kind: "SVG" },
    {
      name: "notes.png",
      outcome: "rejected",
      id: null,
      reason: null,
      code: "NotAnImage",
      kind: null,
    },
  ],
};
let added = 0;

/** Imports one more picture, beside some that are refused. */
async function bring(): Promise<ImportSummary> {
  await new Promise((resolve) => setTimeout(resolve, 30));
  const id = idOf(2e6 + ++added, "generated");
  const filename = `new-${added}.png`;
  const part: Partial<Tile> = { id, filename, upload: "waiting", removed_at: null };
  host.catalog.add({ ...(tiles[3] as Tile), created_at: Date.now(), ...part });
  hub.send("catalogChanged", { added: [id], changed: [], removed: [], reload: false });
  return {
    ...refused,
    imported: 1,
    files: [
      ...refused.files,
      { name: filename, outcome: "imported", id, reason: null, code: null, kind: null },
    ],
  };
}

export { daysInTrash, settingRanges } from "../src/ipc/bindings";
export const { events } = hub;
export const commands: typeof ipc.commands = host.commands;
export const viewIndex: typeof ipc.viewIndex = host.viewIndex;
export const importPasted: typeof ipc.importPasted = () => bring();

const urls = new Map<string, string>();
export const imageUrl: typeof ipc.imageUrl = (_variant, id) => {
  const known = urls.get(id);
  if (known) return known;
  const [tile] = host.catalog.tiles([id]);
  const seed = [...id].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) >>> 0, 7);
  const hue = (Math.imul(seed ^ (seed >>> 15), 2654435761) >>> 8) % 360;
  const { width = 1, height = 1 } = tile ?? {};
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none"><defs><linearGradient id="a" gradientTransform="rotate(${seed % 90})"><stop stop-color="hsl(${hue} 30% 20%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360} 45% 52%)"/></linearGradient></defs><rect width="100" height="100" fill="url(#a)"/><circle cx="${(seed % 80) + 10}" cy="${((seed >> 3) % 60) + 15}" r="${((seed >> 5) % 14) + 6}" fill="hsl(${(hue + 80) % 360} 60% 75% / .5)"/><path d="M0 ${60 + (seed % 20)} Q30 ${45 + (seed % 30)} 55 ${65 + (seed % 12)} T100 ${58 + (seed % 20)} V100 H0Z" fill="hsl(${hue} 35% 12% / .55)"/></svg>`;
  // A tile knows its picture by the id at the end of the address.
  const url = `${URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }))}#${id}`;
  urls.set(id, url);
  return url;
};

Object.assign(window, { mock: { send: hub.send.bind(hub), bring } });
