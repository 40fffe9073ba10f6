// Makes tiles, details and other answers of the host, each with usual values.
import type {
  Bootstrap,
  BucketSettings,
  BucketUsage,
  CachedCopies,
  DuplicateImage,
  ImageDetail,
  Page,
  Tile,
  Transfer,
  TransferSummary,
} from "../ipc/bindings";
import type { ImageIndex } from "../state/image-index";

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
    sensitive: false,
    rating: 0,
    favourite: false,
    added_at: Number(id.slice(-6)) * 1000 + 500,
    size_bytes: 1_700_000,
    prompt: `prompt of ${id}`,
    upload: "stored",
    removed_at: null,
    stack: 0,
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
    sensitive_mark: null,
    negative_prompt: null,
    model: "sdxl",
    seed: "18446744073709551615",
    generation_params: {},
    edited: [],
    created_from: "file_time",
    notices: [],
    sha256: "",
    stored: true,
    upload_problem: null,
    galleries: [],
    collections: [],
    note: "",
    ...part,
  };
}

/** Returns an image of a group of duplicates. */
export function aDuplicate(id: string, part: Partial<DuplicateImage> = {}): DuplicateImage {
  return {
    id,
    filename: `${id}.png`,
    content_type: "image/png",
    size_bytes: 1_500_000,
    width: 1024,
    height: 1024,
    created_at: 1_700_000_000_000,
    distance: 0,
    has_generation_data: false,
    is_stored: false,
    is_public: false,
    is_sensitive: false,
    is_favourite: false,
    rating: 0,
    has_note: false,
    is_edited: false,
    references: 0,
    collections: 0,
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

/** Returns the summary of transfers of which none is waiting. */
export function aTransferSummary(part: Partial<TransferSummary> = {}): TransferSummary {
  return {
    activity: "idle",
    waiting: 0,
    active: 0,
    parked: 0,
    // All that are left, unless the test says otherwise.
    originals: (part.waiting ?? 0) + (part.active ?? 0),
    feed_files: 0,
    done: 0,
    total: 0,
    bytes_done: 0,
    bytes_total: 0,
    bytes_per_second: 0,
    problem: null,
    ...part,
  };
}

/** Returns an upload that is waiting. */
export function aTransfer(part: Partial<Transfer> = {}): Transfer {
  return {
    id: 1,
    operation: "put",
    image_id: i1,
    is_feed_file: false,
    filename: "a.png",
    state: "queued",
    attempts: 0,
    size_bytes: 100,
    bytes_done: 0,
    problem: null,
    next_attempt_at: null,
    ...part,
  };
}

/** Returns the settings of a bucket that is not connected. */
export function aBucketSettings(part: Partial<BucketSettings> = {}): BucketSettings {
  return {
    account_id: "",
    endpoint: "",
    jurisdiction: "default",
    bucket: "",
    public_url: "",
    aws_profile: "",
    zone_id: "",
    purge_token_kept: "none",
    from_environment: [],
    has_credentials: false,
    credentials_kept: "none",
    keyring: "available",
    ...part,
  };
}

export function aBucketUsage(part: Partial<BucketUsage> = {}): BucketUsage {
  return {
    month: "2026-11",
    class_a: 1_240,
    class_b: 380,
    free: 12,
    stored_bytes: 8.4e9,
    objects: 1_204,
    allowance: { stored_bytes: 1e10, class_a: 1_000_000, class_b: 10_000_000 },
    ...part,
  };
}

export function aCachedCopies(part: Partial<CachedCopies> = {}): CachedCopies {
  return { purges: false, addresses: 0, until: null, last_purge: null, ...part };
}

export function aBootstrap(part: Partial<Bootstrap> = {}): Bootstrap {
  return {
    profile: { id: "ana", name: "Ana" },
    profiles: [{ id: "ana", name: "Ana" }],
    counts: { history: 0, favourites: 0, feed: 0, trash: 0, references: 0 },
    galleries: [],
    collections: [],
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
      start_veiled: false,
      next_after_rating: false,
      copy_links_after_upload: false,
      notify_when_done: true,
    },
    bucket: { configured: false, bucket: null, missing: [] },
    transfers: aTransferSummary({ activity: "not_configured" }),
    version: "0.1.0",
    look_only: null,
    healed: null,
    unreadable_settings: [],
    ...part,
  };
}
