// A library made up on the spot, to look at the interface in a plain browser
// (npm run dev:mock). The product build never reaches this file.
import type * as contract from "../src/ipc/bindings";
import type { ImageDetail, Tile, View } from "../src/ipc/bindings";
import { ImageIndex } from "../src/state/image-index";
import { pack } from "../src/testing/pack";

const asked = new URLSearchParams(location.search);
const COUNT = Number(asked.get("images") ?? 5000);
const configured = asked.get("bucket") !== "no";

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

const idOf = (number: number, kind: contract.ImageKind) =>
  `0190000${kind === "generated" ? 0 : 1}-0000-7000-8000-${String(number).padStart(12, "0")}`;
const newest = Date.now() - 60_000;
const all: Tile[] = [];
let clock = newest;
for (let i = 0; i < COUNT + 240; i++) {
  const kind = i < COUNT ? "generated" : "reference";
  if (i === COUNT) clock = newest;
  const [width, height] = pick(sizes);
  clock -= random() < 0.04 ? random() * 90_000_000 : random() * 1_500_000;
  const isPublic = random() < 0.12;
  const upload = !configured
    ? "local"
    : i < 2
      ? "uploading"
      : i === 5
        ? "waiting"
        : i === 8
          ? "parked"
          : "stored";
  all.push({
    id: idOf(1e6 - i, kind),
    kind,
    filename: `ComfyUI_${String(COUNT - i).padStart(5, "0")}_.png`,
    width,
    height,
    created_at: Math.round(clock),
    visibility: kind === "reference" ? null : isPublic ? "public" : "unlisted",
    prompt: kind === "reference" ? "" : pick(prompts),
    upload: kind === "reference" && configured ? "stored" : upload,
    removed_at: kind === "generated" && i > 40 && i < 45 ? newest - i * 1000 : null,
  });
}
const byId = new Map(all.map((tile) => [tile.id, tile]));
let galleries = [
  {
    id: "g1",
    name: "Hands",
    members: new Set(
      all
        .filter((t) => t.kind === "reference")
        .slice(0, 60)
        .map((t) => t.id),
    ),
  },
  {
    id: "g2",
    name: "Lighting",
    members: new Set(
      all
        .filter((t) => t.kind === "reference")
        .slice(50, 90)
        .map((t) => t.id),
    ),
  },
  { id: "g3", name: "Palettes", members: new Set<string>() },
];
const edits = new Map<string, Partial<ImageDetail>>();

/** What the tools write, one after the other. */
const written: Record<string, unknown>[] = [
  {
    tool: "comfyui",
    sampler: "dpmpp_2m",
    scheduler: "karras",
    steps: 30,
    cfg: 6.5,
    size: [1280, 704],
    loras: [
      { name: "film-grain_v2.safetensors", weight: 0.8 },
      { name: "add-detail-xl", weight: 0.35 },
    ],
    passes: [
      {
        node: "UltimateSDUpscale",
        steps: 12,
        cfg: 4,
        sampler: "euler",
        scheduler: "normal",
        denoise: 0.35,
        seed: "1122440447966177",
      },
      {
        node: "FaceDetailer",
        model: "juggernautXL.safetensors",
        steps: 20,
        denoise: 0.4,
        prompt: "detailed face, catchlights",
      },
    ],
    inputs: ["pose standing.png", "depth_00012.png"],
    frontend_version: "1.25.11",
  },
  {
    tool: "automatic1111",
    tool_version: "v1.10.1",
    steps: 24,
    sampler: "DPM++ 2M",
    scheduler: "Karras",
    cfg: 7,
    size: [832, 1216],
    model_hash: "45a21ea00a",
    vae: "sdxl_vae.safetensors",
    clip_skip: 2,
    denoise: 0.3,
    hires: { scale: 1.5, upscaler: "4x-UltraSharp", steps: 10, denoise: 0.3 },
    "Hires prompt": "the same in finer strokes",
    "ControlNet 0":
      "Module: depth_midas, Model: control_v11f1p [cfd03158], Weight: 0.75, Resize Mode: Crop and Resize",
    "ADetailer model": "face_yolov8n.pt",
    "ADetailer confidence": 0.3,
    "Lora hashes": "film-grain: e3b0c44298fc, add-detail: 9f86d081884c",
    RNG: "CPU",
    Template: "{oil|ink|gouache} study of a __place__, ".repeat(12),
  },
  {
    tool: "invokeai",
    tool_version: "5.4.2",
    steps: 28,
    sampler: "euler",
    size: [1344, 768],
    generation_mode: "flux_txt2img",
    t5_encoder: {
      key: "1",
      hash: "blake3:2",
      name: "t5_bnb_int8",
      base: "any",
      type: "t5_encoder",
    },
    controlnets: [
      {
        control_model: {
          key: "1",
          hash: "2",
          name: "canny-flux",
          base: "flux",
          type: "controlnet",
        },
        control_weight: 0.75,
        begin_step_percent: 0,
        end_step_percent: 0.8,
      },
      {
        control_model: {
          key: "3",
          hash: "4",
          name: "depth-flux",
          base: "flux",
          type: "controlnet",
        },
        control_weight: 0.4,
        begin_step_percent: 0,
        end_step_percent: 1,
      },
    ],
    seamless_x: false,
  },
  {
    tool: "c2pa:openai",
    ai_generated: true,
    c2pa: {
      vendor: "openai",
      ai_generated: true,
      software_agent: "GPT-4o",
      claim_generator: "ChatGPT",
      verified: false,
      digital_source_type: "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    },
  },
];
const madeFrom: contract.MadeFrom[] = ["metadata", "exif", "file_name", "file_time", "import"];
const paramsOf = (tile: Tile): Record<string, string> => {
  const made = written[Number(tile.id.slice(-4)) % written.length] ?? {};
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(made).map(([key, value]) => [key, text(value)]));
};

const inView = (view: View) => (tile: Tile) => {
  if (view.view === "trash") return tile.removed_at !== null;
  if (tile.removed_at !== null) return false;
  if (view.view === "references") {
    return (
      tile.kind === "reference" &&
      (view.gallery === null ||
        galleries.some((g) => g.id === view.gallery && g.members.has(tile.id)))
    );
  }
  if (view.view === "search") {
    const words = view.query.toLowerCase().split(/\s+/);
    return tile.kind === "generated" && words.every((word) => tile.prompt.includes(word));
  }
  return tile.kind === "generated" && (view.view === "history" || tile.visibility === "public");
};
const list = (view: View) => {
  const at = (t: Tile) => (view.view === "trash" ? (t.removed_at ?? 0) : t.created_at);
  return [...byId.values()]
    .filter(inView(view))
    .sort((a, b) => at(b) - at(a) || (a.id < b.id ? 1 : -1));
};
const wait = (ms = 30) => new Promise((resolve) => setTimeout(resolve, ms));
const later = async <T>(value: T): Promise<T> => (await wait(), structuredClone(value));
const touch = (ids: string[], change: (tile: Tile) => Partial<Tile>) => {
  for (const id of ids) {
    const tile = byId.get(id);
    if (tile) byId.set(id, { ...tile, ...change(tile) });
  }
  return { done: ids, failed: [] };
};

const hub = new EventTarget();
const event = <T>(name: string) => ({
  listen: async (receive: (event: { payload: T }) => void) => {
    const heard = (each: Event) => receive({ payload: (each as CustomEvent<T>).detail });
    hub.addEventListener(name, heard);
    return () => hub.removeEventListener(name, heard);
  },
});
const send = (name: string, detail: unknown) =>
  hub.dispatchEvent(new CustomEvent(name, { detail }));

export const events = {
  catalogChanged: event<contract.CatalogChanged>("catalogChanged"),
  catalogDamaged: event<null>("catalogDamaged"),
  importProgress: event<contract.ImportProgress>("importProgress"),
  dragOver: event<contract.DragOverEvent>("dragOver"),
  dropped: event<contract.DroppedEvent>("dropped"),
  transfersChanged: event<contract.TransferSummary>("transfersChanged"),
  checkStep: event<contract.CheckStep>("checkStep"),
  verifyProgress: event<contract.VerifyProgress>("verifyProgress"),
};

const transfers: contract.Transfer[] =
  configured && COUNT > 0
    ? [
        {
          id: 1,
          operation: "put",
          image_id: all[0]!.id,
          filename: all[0]!.filename,
          state: "active",
          attempts: 1,
          size_bytes: 2e6,
          bytes_done: 8e5,
          problem: null,
          next_attempt_at: null,
        },
        {
          id: 2,
          operation: "put",
          image_id: all[1]!.id,
          filename: all[1]!.filename,
          state: "active",
          attempts: 1,
          size_bytes: 2e6,
          bytes_done: 15e5,
          problem: null,
          next_attempt_at: null,
        },
        {
          id: 3,
          operation: "put",
          image_id: all[5]!.id,
          filename: all[5]!.filename,
          state: "queued",
          attempts: 0,
          size_bytes: 2e6,
          bytes_done: 0,
          problem: null,
          next_attempt_at: null,
        },
        {
          id: 4,
          operation: "put",
          image_id: all[8]!.id,
          filename: all[8]!.filename,
          state: "parked",
          attempts: 3,
          size_bytes: 2e6,
          bytes_done: 0,
          problem: { code: "Rejected", message: "" },
          next_attempt_at: null,
        },
      ]
    : [];
const summary: contract.TransferSummary = {
  activity: transfers.length > 0 ? "running" : configured ? "idle" : "not_configured",
  waiting: transfers.length > 0 ? 1 : 0,
  active: transfers.length > 0 ? 2 : 0,
  parked: transfers.length > 0 ? 1 : 0,
  done: 4,
  total: 8,
  bytes_done: 9.1e6,
  bytes_total: 14.6e6,
  bytes_per_second: 4.1e6,
  problem: null,
};
let settings: contract.Settings = {
  max_upload_mb: 50,
  theme: (asked.get("theme") ?? "dark") as contract.Theme,
  parallel_transfers: 4,
  upload_limit_kb: 0,
  first_run_done: false,
  keep_originals: "always",
  free_after_days: 30,
  originals_limit_gb: 20,
  thumbnails_limit_mb: 0,
};
const bucket: contract.BucketSettings = {
  account_id: configured ? "3f1c9a" : "",
  endpoint: "",
  jurisdiction: "default",
  bucket: configured ? "artist-images" : "",
  public_url: configured ? "https://img.example.art" : "",
  from_environment: [],
  has_credentials: configured,
  credentials_kept: configured ? "keyring" : "none",
  keyring: "available",
};
const counts = () => ({
  history: list({ view: "history" }).length,
  feed: list({ view: "feed" }).length,
  trash: list({ view: "trash" }).length,
  references: list({ view: "references", gallery: null }).length,
});
const covers = new Map<string, string>();
const galleryList = () =>
  galleries.map(({ id, name, members }) => ({
    id,
    name,
    images: members.size,
    cover: covers.get(id) ?? [...members][0] ?? null,
  }));
const bucketStatus = (): contract.BucketStatus => ({
  configured,
  bucket: configured ? "artist-images" : null,
  missing: [],
});
const urlOf = (tile: Tile) =>
  configured ? `https://img.example.art/generated/ana/${tile.created_at}-9f2c41d07be8.png` : null;
const bootstrap = (): contract.Bootstrap => ({
  profile: { id: "ana", name: "Ana" },
  profiles: [{ id: "ana", name: "Ana" }],
  counts: counts(),
  galleries: COUNT > 0 ? galleryList() : [],
  settings,
  bucket: bucketStatus(),
  transfers: summary,
  version: "0.1.0",
  look_only: null,
  healed: null,
});
const steps: contract.CheckStep[] = [
  { step: "configuration", outcome: "passed", message: "", advice: null },
  { step: "endpoint", outcome: "passed", message: "", advice: null },
  { step: "credentials", outcome: "passed", message: "", advice: null },
  { step: "bucket", outcome: "passed", message: "", advice: null },
  { step: "put", outcome: "passed", message: "", advice: null },
  {
    step: "public_read",
    outcome: "failed",
    message: "The public URL answered 404.",
    advice: "Connect the domain to this bucket in the Cloudflare dashboard, then check again.",
  },
  { step: "delete", outcome: "skipped", message: "Not tried.", advice: null },
];
const files: contract.ImportSummary = {
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
let watched: contract.WatchedFolder[] = [
  { id: 1, path: "/home/ana/ComfyUI/output", ignored: ["temp"], offered: 1240, is_there: true },
];
let saved: contract.SavedSearch[] = [{ name: "Harbours", query: "harbour " }];
const references = () => list({ view: "references", gallery: null });
let added = 0;
const bring = async (): Promise<contract.ImportSummary> => {
  await wait();
  const id = idOf(2e6 + ++added, "generated");
  byId.set(id, {
    ...(all[3] as Tile),
    id,
    created_at: Date.now(),
    upload: "waiting",
    filename: `new-${added}.png`,
    removed_at: null,
  });
  send("catalogChanged", { added: [id], changed: [], removed: [], reload: false });
  return {
    ...files,
    imported: 1,
    files: [
      ...files.files,
      { name: `new-${added}.png`, outcome: "imported", id, reason: null, code: null, kind: null },
    ],
  };
};

export const commands: typeof contract.commands = {
  bootstrap: () => later(bootstrap()),
  listImages: async (view, { limit, cursor }) => {
    await wait();
    const tiles = list(view);
    const from = cursor === null ? 0 : tiles.findIndex((tile) => tile.id === cursor) + 1;
    const page = tiles.slice(from, from + limit);
    const is_done = from + limit >= tiles.length;
    return { page, is_done, continue_cursor: is_done ? null : (page.at(-1)?.id ?? null) };
  },
  explainSearch: () => later([]),
  searchFacets: () =>
    later({
      models: [
        { name: "sdxl_base_1.0", images: 3120 },
        { name: "flux1-dev", images: 1490 },
      ],
      tools: [{ name: "comfyui", images: 4600 }],
    }),
  savedSearches: () => later(saved),
  saveSearch: (search) => (saved.push(search), later(saved)),
  forgetSearch: (name) => later((saved = saved.filter((each) => each.name !== name))),
  watchedFolders: () => later(watched),
  watchFolderWithDialog: () => {
    const id = watched.length + 1;
    watched.push({ id, path: `/home/ana/outputs-${id}`, ignored: [], offered: 12, is_there: true });
    return later(watched.at(-1) ?? null);
  },
  settleWatchOffer: (id) => {
    for (const folder of watched) if (folder.id === id) folder.offered = 0;
    return later(null);
  },
  setWatchIgnored: (id, ignored) => {
    for (const folder of watched) if (folder.id === id) folder.ignored = ignored;
    return later(null);
  },
  unwatchFolder: (id) => {
    watched = watched.filter((folder) => folder.id !== id);
    return later(null);
  },
  madeWith: () => later({ linked: references().slice(0, 3), suggested: references().slice(4, 5) }),
  linkReferences: () => later(null),
  unlinkReference: () => later(null),
  arrangeGalleries: (ids) => {
    galleries = ids.flatMap((id) => galleries.find((each) => each.id === id) ?? []);
    return later(galleryList());
  },
  setGalleryCover: (id, cover) => {
    if (cover === null) covers.delete(id);
    else covers.set(id, cover);
    return later(galleryList().find((each) => each.id === id) as contract.Gallery);
  },
  dragImages: () => later(null),
  copyText: async (text) => (await navigator.clipboard.writeText(text), null),
  setMade: async (ids, at) =>
    commands.putMade(ids.map((id) => ({ id, made: { at, from: "artist" } }))),
  revertMade: async (ids) =>
    commands.putMade(ids.map((id) => ({ id, made: { at: newest, from: "import" } }))),
  putMade: async (dates) => {
    const before = dates.flatMap(({ id }): contract.DatedImage[] => {
      const tile = byId.get(id);
      const from = edits.get(id)?.created_from ?? "metadata";
      return tile ? [{ id, made: { at: tile.created_at, from } }] : [];
    });
    for (const { id, made } of dates) {
      touch([id], () => ({ created_at: made.at }));
      edits.set(id, { ...edits.get(id), created_from: made.from });
    }
    const ids = dates.map(({ id }) => id);
    send("catalogChanged", { added: [], changed: ids, removed: [], reload: false });
    return { report: { done: ids, failed: [] }, before };
  },
  selectionSummary: async (ids) => {
    await wait(80);
    const tiles = ids.flatMap((id) => byId.get(id) ?? []);
    const count = (test: (tile: Tile) => boolean) => tiles.filter(test).length;
    const field = (
      valueOf: (tile: Tile) => string | undefined,
      isText = false,
    ): contract.FieldSummary => {
      const images = new Map<string, number>();
      let without = 0;
      for (const tile of tiles) {
        const value = valueOf(tile);
        if (!value) without++;
        else images.set(value, (images.get(value) ?? 0) + 1);
      }
      const most = [...images].map(([name, count]) => ({ name, images: count }));
      most.sort((a, b) => b.images - a.images);
      const different = most.length;
      return { different, without, most: isText && different > 1 ? [] : most.slice(0, 8) };
    };
    const moments = tiles.map((tile) => tile.created_at);
    const generated = (tile: Tile) => tile.kind === "generated";
    return {
      images: tiles.length,
      generated: count(generated),
      references: count((tile) => !generated(tile)),
      in_trash: count((tile) => tile.removed_at !== null),
      of_others: 0,
      missing: 0,
      damaged: 0,
      size_bytes: tiles.length * 1_700_000,
      made: tiles.length > 0 ? { first: Math.min(...moments), last: Math.max(...moments) } : null,
      made_from: field((tile) => madeFrom[Number(tile.id.slice(-2)) % madeFrom.length]),
      public: count((tile) => tile.visibility === "public"),
      unlisted: count((tile) => tile.visibility === "unlisted"),
      formats: field(() => "image/png"),
      dimensions: field((tile) => `${tile.width}x${tile.height}`),
      models: field((tile) => (generated(tile) ? "sdxl_base_1.0" : undefined)),
      tools: field((tile) => (generated(tile) ? paramsOf(tile)["tool"] : undefined)),
      seeds: field((tile) => (generated(tile) ? tile.id : undefined), true),
      prompts: field((tile) => tile.prompt, true),
      negative_prompts: field(
        (tile) => (generated(tile) ? "blurry, extra fingers" : undefined),
        true,
      ),
      uploads: {
        local: count((tile) => tile.upload === "local"),
        waiting: count((tile) => tile.upload === "waiting"),
        uploading: count((tile) => tile.upload === "uploading"),
        stored: count((tile) => tile.upload === "stored"),
        parked: count((tile) => tile.upload === "parked"),
      },
    };
  },
  getTiles: (ids) => later(ids.flatMap((id) => byId.get(id) ?? [])),
  getImage: async (id) => {
    await wait();
    const tile = byId.get(id);
    if (!tile) throw { code: "NotFound", message: "" };
    return {
      ...tile,
      owner_id: "ana",
      r2_key: `generated/ana/${id}.png`,
      url: urlOf(tile),
      content_type: "image/png",
      size_bytes: 1_700_000,
      negative_prompt: tile.kind === "generated" ? "blurry, extra fingers" : null,
      model: "sdxl_base_1.0",
      seed: "18446744073709551615",
      generation_params: tile.kind === "generated" ? paramsOf(tile) : {},
      edited: [],
      created_from: madeFrom[Number(id.slice(-2)) % madeFrom.length] ?? "import",
      added_at: newest,
      notices: Number(id.slice(-1)) === 0 ? ["incomplete", "metadata_in_part"] : [],
      sha256: "",
      stored: tile.upload === "stored",
      upload_problem: tile.upload === "parked" ? { code: "Rejected", message: "" } : null,
      galleries: galleries.filter((g) => g.members.has(id)).map((g) => g.id),
      ...edits.get(id),
    };
  },
  setVisibility: async (ids, visibility) => (await wait(200), touch(ids, () => ({ visibility }))),
  editImage: async (id, edit) => {
    edits.set(id, {
      ...edits.get(id),
      ...Object.fromEntries(Object.entries(edit).filter(([, v]) => v !== null)),
    });
    return commands.getImage(id);
  },
  revertEdit: async (id, field) => {
    const kept = Object.entries(edits.get(id) ?? {}).filter(([name]) => name !== field);
    edits.set(id, Object.fromEntries(kept));
    return commands.getImage(id);
  },
  rawMetadata: async () => [
    { name: "parameters", value: "a lighthouse at dusk\nSteps: 30, Sampler: Euler", parts: [] },
    {
      name: "prompt",
      value: null,
      parts: [
        {
          name: "3",
          value: null,
          parts: [{ name: "seed", value: "18446744073709551615", parts: [] }],
        },
      ],
    },
  ],
  parametersText: async () => "a lighthouse at dusk\nSteps: 30, Sampler: Euler",
  saveWorkflow: async () => true,
  removeImages: async (ids, permanently) => {
    await wait(200);
    if (permanently) for (const id of ids) byId.delete(id);
    return touch(ids, () => ({ removed_at: Date.now() }));
  },
  restoreImages: async (ids) => (await wait(200), touch(ids, () => ({ removed_at: null }))),
  emptyTrash: async () => {
    const ids = list({ view: "trash" }).map((tile) => tile.id);
    for (const id of ids) byId.delete(id);
    return { done: ids, failed: [] };
  },
  counts: () => later(counts()),
  listGalleries: () => later(galleryList()),
  createGallery: async (name) => {
    const gallery = { id: `g${Date.now()}`, name, members: new Set<string>() };
    galleries = [...galleries, gallery];
    return { id: gallery.id, name, images: 0, cover: null };
  },
  renameGallery: async (id, name) => {
    for (const gallery of galleries) if (gallery.id === id) gallery.name = name;
    return { id, name, images: 0, cover: null };
  },
  deleteGallery: async (id) => ((galleries = galleries.filter((each) => each.id !== id)), null),
  addToGallery: async (id, images) => {
    for (const each of images) galleries.find((g) => g.id === id)?.members.add(each);
    return { done: images, failed: [] };
  },
  takeFromGallery: async (id, images) => {
    for (const each of images) galleries.find((g) => g.id === id)?.members.delete(each);
    return { done: images, failed: [] };
  },
  importWithDialog: () => bring(),
  importDropped: () => bring(),
  cancelImport: () => later(null),
  getLinks: (ids) =>
    later(
      ids.flatMap((id) => {
        const tile = byId.get(id);
        const url = tile ? urlOf(tile) : null;
        return url === null ? [] : [{ id, url }];
      }),
    ),
  openLink: () => later(null),
  transferSummary: () => later(summary),
  listTransfers: () => later(transfers),
  pauseTransfers: async () => ((summary.activity = "paused"), null),
  resumeTransfers: async () => ((summary.activity = "running"), null),
  retryTransfers: () => later(null),
  cancelTransfer: () => later(null),
  bucketStatus: () => later(bucketStatus()),
  bucketSettings: () => later(bucket),
  connectBucket: () => later(bucket),
  disconnectBucket: () => later(bucket),
  checkBucket: async () => {
    for (const step of steps) {
      await wait(60);
      send("checkStep", step);
    }
    return steps;
  },
  verifyLibrary: async ({ repair }) => {
    for (let part = 1; part <= 4; part++) {
      await wait(150);
      send("verifyProgress", {
        checked: (COUNT / 4) * part,
        total: COUNT,
        found: 0,
        running: true,
      });
    }
    const finding: contract.Finding = {
      kind: "missing_original",
      id: all[0]?.id ?? null,
      key: "generated/ana/1.png",
      filename: all[0]?.filename ?? null,
      detail: repair
        ? "The original is not on this disk. It was brought back from the bucket."
        : "The original is not on this disk.",
      repaired: repair,
    };
    return {
      checked: COUNT,
      objects: COUNT,
      bucket_compared: configured,
      findings: [finding],
      counts: {
        missing_object: 0,
        different_object: 0,
        unconfirmed_object: 0,
        removed_object: 0,
        unknown_object: 0,
        missing_original: 1,
        damaged_original: 0,
        leftover_temporary: 0,
        unknown_original: 0,
        damaged_catalog: 0,
        damaged_row: 0,
      },
      found: 1,
      unrepaired: repair ? 0 : 1,
      cancelled: false,
    };
  },
  cancelVerify: () => later(null),
  spaceUse: () => later({ originals: 8.4e9, thumbnails: 1.2e8 }),
  saveSettings: async (next) => (settings = next),
  addProfile: (name) => later({ id: name, name }),
  switchProfile: () => later(bootstrap()),
  revealLibrary: () => later(null),
  recoveryOffer: () => later({ backup_of: Date.now() - 5 * 3_600_000 }),
  reopenLibrary: () => later(null),
  recoverLibrary: (from) =>
    later({
      outcome: from === "backup" ? "restored" : "started_empty",
      backup_of: from === "backup" ? Date.now() - 5 * 3_600_000 : null,
      set_aside: "catalog.damaged-1.db",
      found_again: 2,
      from_journal: 1,
      left_alone: 0,
    }),
};

export const importPasted = () => bring();

const urls = new Map<string, string>();
export function imageUrl(_variant: "thumbnail" | "original", id: string): string {
  const known = urls.get(id);
  if (known) return known;
  const tile = byId.get(id);
  const seed = [...id].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) >>> 0, 7);
  const hue = (Math.imul(seed ^ (seed >>> 15), 2654435761) >>> 8) % 360;
  const { width = 1, height = 1 } = tile ?? {};
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none"><defs><linearGradient id="a" gradientTransform="rotate(${seed % 90})"><stop stop-color="hsl(${hue} 30% 20%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360} 45% 52%)"/></linearGradient></defs><rect width="100" height="100" fill="url(#a)"/><circle cx="${(seed % 80) + 10}" cy="${((seed >> 3) % 60) + 15}" r="${((seed >> 5) % 14) + 6}" fill="hsl(${(hue + 80) % 360} 60% 75% / .5)"/><path d="M0 ${60 + (seed % 20)} Q30 ${45 + (seed % 30)} 55 ${65 + (seed % 12)} T100 ${58 + (seed % 20)} V100 H0Z" fill="hsl(${hue} 35% 12% / .55)"/></svg>`;
  // A tile knows its picture by the id at the end of the address.
  const url = `${URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }))}#${id}`;
  urls.set(id, url);
  return url;
}

Object.assign(window, { mock: { send, bring } });

export const viewIndex = async (view: View): Promise<ArrayBuffer> => {
  await wait();
  return pack(ImageIndex.of(view, list(view)));
};
