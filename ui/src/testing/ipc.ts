// Stands in for ui/src/ipc in tests: every command is a mock, every event can
// be sent by hand, and a small catalog answers the usual questions.
import { vi, type Mock } from "vitest";
import type * as contract from "../ipc/bindings";
import type { ActionReport, Bootstrap, ImageDetail, Page, Tile } from "../ipc/bindings";

export function aTile(id: string, part: Partial<Tile> = {}): Tile {
  return {
    id,
    kind: "generated",
    filename: `${id}.png`,
    width: 100,
    height: 100,
    created_at: 1_000_000 - Number(id.replace(/\D/g, "")) * 1000,
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
    sha256: "",
    stored: true,
    upload_problem: null,
    galleries: [],
    ...part,
  };
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
  const answers: Partial<Record<Names, (...given: never[]) => Promise<unknown>>> = {
    bootstrap: async () => aBootstrap(),
    listImages: async (view: contract.View) => {
      const shown = tiles.filter((tile) =>
        view.view === "trash"
          ? tile.removed_at !== null
          : tile.removed_at === null && (view.view !== "feed" || tile.visibility === "public"),
      );
      return aPage(shown);
    },
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
    },
    commands,
    hold: (next: Tile[]) => void (tiles = next),
    send: (name: string, payload: unknown) => {
      for (const receive of listeners.get(name) ?? []) receive({ payload });
    },
    reset: () => {
      tiles = [];
      listeners.clear();
      for (const name of Object.keys(commands) as Names[]) {
        commands[name].mockReset();
        const answer = answers[name];
        commands[name].mockImplementation(answer ?? (() => Promise.resolve(null)));
      }
    },
  };
}
