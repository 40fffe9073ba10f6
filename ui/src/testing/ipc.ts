// Stands in for ui/src/ipc in tests: every command is a mock, every event can
// be sent by hand, and a small catalog answers the usual questions.
import { vi, type Mock } from "vitest";
import type * as contract from "../ipc/bindings";
import { ImageIndex } from "../state/image-index";
import { pack } from "./pack";
import type { ActionReport, Bootstrap, ImageDetail, Page, Tile } from "../ipc/bindings";

/** Returns the id of the image with a number; those with greater numbers are older. */
export const anId = (number: number): string =>
  `01900000-0000-7000-8000-${String(999_999 - number).padStart(12, "0")}`;

export const [i0, i1, i2, i3, i4, i5, i6, i7, i8, i9] = Array.from({ length: 10 }, (_, at) =>
  anId(at),
) as [string, string, string, string, string, string, string, string, string, string];

export function aTile(id: string, part: Partial<Tile> = {}): Tile {
  return {
    id,
    kind: "generated",
    filename: `${id}.png`,
    width: 100,
    height: 100,
    created_at: Number(id.slice(-6)) * 1000,
    visibility: "unlisted",
    prompt: `prompt of ${id}`,
    upload: "stored",
    removed_at: null,
    ...part,
  };
}

export function aDetail(id: string, part: Partial<ImageDetail> = {}): ImageDetail {
  return {
    ...aTile(id),
    owner_id: "ana",
    r2_key: `generated/ana/${id}.png`,
    url: `https://img.example.art/${id}.png`,
    content_type: "image/png",
    size_bytes: 1_700_000,
    negative_prompt: null,
    model: "sdxl",
    seed: "18446744073709551615",
    generation_params: {},
    edited: [],
    created_from: "file_time",
    added_at: Number(id.slice(-6)) * 1000 + 500,
    notices: [],
    sha256: "",
    stored: true,
    upload_problem: null,
    galleries: [],
    ...part,
  };
}

/** Returns the ids of what a listing shows. */
export function shownIn({ images }: { images: ImageIndex }): string[] {
  return Array.from(images.moments, (_, at) => images.idAt(at));
}

export function aPage(tiles: Tile[], next: string | null = null): Page<Tile> {
  return { page: tiles, is_done: next === null, continue_cursor: next };
}

export function aBootstrap(part: Partial<Bootstrap> = {}): Bootstrap {
  return {
    profile: { id: "ana", name: "Ana" },
    profiles: [{ id: "ana", name: "Ana" }],
    counts: { history: 0, feed: 0, trash: 0, references: 0 },
    galleries: [],
    settings: {
      max_upload_mb: 50,
      theme: "dark",
      parallel_transfers: 4,
      upload_limit_kb: 0,
      first_run_done: false,
      keep_originals: "always",
      free_after_days: 30,
      originals_limit_gb: 20,
      thumbnails_limit_mb: 0,
    },
    bucket: { configured: false, bucket: null, missing: [] },
    transfers: {
      activity: "not_configured",
      waiting: 0,
      active: 0,
      parked: 0,
      done: 0,
      total: 0,
      bytes_done: 0,
      bytes_total: 0,
      bytes_per_second: 0,
      problem: null,
    },
    version: "0.1.0",
    look_only: null,
    healed: null,
    ...part,
  };
}

type Names = keyof typeof contract.commands;
export type Commands = Record<Names, Mock<(...given: never[]) => Promise<unknown>>>;

const all = (ids: string[]): ActionReport => ({ done: ids, failed: [] });

/** Returns a fresh stand-in around a list of images. */
export function mockIpc() {
  let tiles: Tile[] = [];
  const change = (ids: string[], part: Partial<Tile>): ActionReport => {
    tiles = tiles.map((tile) => (ids.includes(tile.id) ? { ...tile, ...part } : tile));
    return all(ids);
  };
  const inView = (view: contract.View) =>
    tiles.filter((tile) =>
      view.view === "trash"
        ? tile.removed_at !== null
        : tile.removed_at === null && (view.view !== "feed" || tile.visibility === "public"),
    );
  const index = async (view: contract.View) => pack(ImageIndex.of(view, inView(view)));
  const viewIndex = vi.fn(index);
  const answers: Partial<Record<Names, (...given: never[]) => Promise<unknown>>> = {
    bootstrap: async () => aBootstrap(),
    listImages: async (view: contract.View) => aPage(inView(view)),
    getTiles: async (ids: string[]) => tiles.filter((tile) => ids.includes(tile.id)),
    getImage: async (id: string) => aDetail(id),
    getLinks: async (ids: string[]) =>
      ids.map((id) => ({ id, url: `https://img.example.art/${id}.png` })),
    bucketStatus: async () => aBootstrap().bucket,
    transferSummary: async () => aBootstrap().transfers,
    setVisibility: async (ids: string[], visibility: contract.Visibility) =>
      change(ids, { visibility }),
    removeImages: async (ids: string[]) => change(ids, { removed_at: 5 }),
    restoreImages: async (ids: string[]) => change(ids, { removed_at: null }),
    counts: async () => ({ history: tiles.length, feed: 0, trash: 0, references: 0 }),
    listGalleries: async () => [],
    listTransfers: async () => [],
    watchedFolders: async () => [],
    madeWith: async () => ({ linked: [], suggested: [] }),
    savedSearches: async () => [],
    explainSearch: async () => [],
  };
  const commands = new Proxy({} as Commands, {
    get: (made, name: Names) =>
      (made[name] ??= vi.fn(answers[name] ?? (() => Promise.resolve(null)))),
  });
  const listeners = new Map<string, Set<(event: { payload: unknown }) => void>>();
  const events = new Proxy({} as Record<string, unknown>, {
    get: (_, name: string) => ({
      listen: async (receive: (event: { payload: unknown }) => void) => {
        const set = listeners.get(name) ?? new Set();
        listeners.set(name, set.add(receive));
        return () => set.delete(receive);
      },
    }),
  });
  return {
    module: {
      commands,
      events,
      imageUrl: (variant: string, id: string) => `vitrine://localhost/${variant}/${id}`,
      importPasted: vi.fn(),
      viewIndex,
    },
    commands,
    viewIndex,
    hold: (next: Tile[]) => void (tiles = next),
    send: (name: string, payload: unknown) => {
      for (const receive of listeners.get(name) ?? []) receive({ payload });
    },
    reset: () => {
      tiles = [];
      listeners.clear();
      viewIndex.mockReset().mockImplementation(index);
      for (const name of Object.keys(commands) as Names[]) {
        commands[name].mockReset();
        const answer = answers[name];
        commands[name].mockImplementation(answer ?? (() => Promise.resolve(null)));
      }
    },
  };
}
