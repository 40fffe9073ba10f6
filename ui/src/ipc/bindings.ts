// PROVISIONAL: will be replaced by generated bindings with exactly these types,
// command names (camelCase functions in `commands`) and events.

export type ImageKind = "generated" | "reference";
export type Visibility = "public" | "unlisted";
/** local: no bucket known yet; waiting: queued; parked: failed for a reason, needs a person. */
export type UploadState = "local" | "waiting" | "uploading" | "stored" | "parked";

/** What a tile needs. Times are unix ms. `prompt` is cut to 240 characters. */
export type Tile = {
  id: string; kind: ImageKind; filename: string;
  width: number; height: number; created_at: number;
  visibility: Visibility | null; // null for references
  prompt: string; upload: UploadState; removed_at: number | null;
};
export type Page<T> = { page: T[]; is_done: boolean; continue_cursor: string | null };
export type PageRequest = { limit: number; cursor: string | null };
export type View =
  | { view: "history" } | { view: "feed" } | { view: "trash" }
  | { view: "references"; gallery: string | null };

export type ImageDetail = {
  id: string; kind: ImageKind; owner_id: string; visibility: Visibility | null;
  r2_key: string; url: string | null; filename: string; content_type: string; size_bytes: number;
  width: number; height: number; prompt: string; negative_prompt: string | null; model: string;
  seed: string | null; generation_params: Record<string, unknown>; created_at: number; sha256: string;
  stored: boolean; upload: UploadState; upload_problem: TransferProblem | null;
  removed_at: number | null; galleries: string[];
};
/** undefined/null = leave as it is */
export type ImageEdit = { prompt: string | null; negative_prompt: string | null; model: string | null; seed: string | null };

export type Gallery = { id: string; name: string; images: number };
export type Counts = { history: number; feed: number; trash: number; references: number };
export type Profile = { id: string; name: string | null };

export type ErrorCode =
  | "NotFound" | "NotAuthorized" | "InvalidInput" | "NotConfigured" | "SecretsUnavailable" | "SecretsLocked"
  | "LibraryUnusable" | "CatalogTooNew" | "DiskFull" | "Bucket" | "Cancelled" | "Internal";
export type IpcError = { code: ErrorCode; message: string };

/** Per item outcome of an action on many images. */
export type ActionReport = { done: string[]; failed: { id: string; error: IpcError }[] };

export type RejectionReason =
  | "NotAnImage" | "Empty" | "Truncated" | "TooLarge" | "TooManyPixels" | "UnsupportedFormat" | "Svg"
  | "Unreadable" | "Missing" | "Directory" | "NotAFile" | "DiskFull" | "Failed";
export type Outcome = "imported" | "duplicate" | "rejected";
export type ImportedFile = {
  name: string; outcome: Outcome; id: string | null;
  reason: string | null; // a sentence in plain words
  code: RejectionReason | null;
};
export type ImportSummary = { imported: number; duplicates: number; rejected: number; files: ImportedFile[]; cancelled: boolean };
export type ImportTarget = { kind: ImageKind; gallery: string | null };

export type TransferProblem = { code: TransferProblemCode; message: string };
export type TransferProblemCode =
  | "Offline" | "Credentials" | "Throttled" | "Server" | "Rejected" | "BucketMissing" | "ClockSkew" | "OriginalMissing" | "Configuration";
export type TransferActivity = "idle" | "running" | "paused" | "offline" | "needs_attention" | "not_configured" | "elsewhere";
export type TransferSummary = {
  activity: TransferActivity; waiting: number; active: number; parked: number;
  /** since the queue was last empty */
  done: number; total: number; bytes_done: number; bytes_total: number; bytes_per_second: number;
  problem: TransferProblem | null;
};
export type Transfer = {
  id: number; operation: "put" | "delete"; image_id: string; filename: string; state: "queued" | "active" | "parked";
  attempts: number; size_bytes: number; bytes_done: number; problem: TransferProblem | null; next_attempt_at: number | null;
};

export type Jurisdiction = "default" | "eu" | "fedramp";
export type KeyringState = "available" | "absent" | "locked";
export type BucketSettings = {
  account_id: string; endpoint: string; jurisdiction: Jurisdiction; bucket: string; public_url: string;
  /** names of R2_* variables that come from the environment and cannot be edited here */
  from_environment: string[];
  has_credentials: boolean; credentials_kept: "keyring" | "this_run" | "environment" | "none"; keyring: KeyringState;
};
export type BucketForm = {
  account_id: string; endpoint: string; jurisdiction: Jurisdiction; bucket: string; public_url: string;
  /** null keeps what is stored */
  credentials: { access_key_id: string; secret_access_key: string } | null;
};
export type BucketStatus = { configured: boolean; bucket: string | null; missing: string[] };
export type CheckStepName = "configuration" | "endpoint" | "credentials" | "bucket" | "put" | "public_read" | "delete";
export type CheckStep = { step: CheckStepName; outcome: "passed" | "failed" | "warned" | "skipped"; message: string; advice: string | null };

export type Theme = "system" | "dark" | "light";
export type Settings = { max_upload_mb: number; theme: Theme; parallel_transfers: number; first_run_done: boolean };

export type Bootstrap = {
  profile: Profile; profiles: Profile[]; counts: Counts; galleries: Gallery[]; settings: Settings;
  bucket: BucketStatus; transfers: TransferSummary; keyring: KeyringState; version: string;
};

// Every command rejects with IpcError.
export declare const commands: {
  bootstrap(): Promise<Bootstrap>;
  listImages(view: View, page: PageRequest): Promise<Page<Tile>>;
  getTiles(ids: string[]): Promise<Tile[]>; // after an event: only those asked and still visible
  getImage(id: string): Promise<ImageDetail>;
  setVisibility(ids: string[], visibility: Visibility): Promise<ActionReport>;
  editImage(id: string, edit: ImageEdit): Promise<ImageDetail>;
  removeImages(ids: string[], permanently: boolean): Promise<ActionReport>;
  restoreImages(ids: string[]): Promise<ActionReport>;
  emptyTrash(): Promise<ActionReport>;
  counts(): Promise<Counts>;
  listGalleries(): Promise<Gallery[]>;
  createGallery(name: string): Promise<Gallery>;
  renameGallery(id: string, name: string): Promise<Gallery>;
  deleteGallery(id: string): Promise<null>;
  addToGallery(id: string, images: string[]): Promise<ActionReport>;
  takeFromGallery(id: string, images: string[]): Promise<ActionReport>;
  importWithDialog(target: ImportTarget): Promise<ImportSummary | null>; // null: dialog closed
  importDropped(token: number, target: ImportTarget): Promise<ImportSummary>;
  // importPasted(bytes, filename, target): raw-body command, wrapped by hand in ipc/
  cancelImport(): Promise<null>;
  openLink(id: string): Promise<null>; // in the system browser
  transferSummary(): Promise<TransferSummary>;
  listTransfers(limit: number): Promise<Transfer[]>;
  pauseTransfers(): Promise<null>;
  resumeTransfers(): Promise<null>;
  retryTransfers(ids: number[] | null): Promise<null>; // null = all parked
  cancelTransfer(id: number): Promise<null>;
  bucketSettings(): Promise<BucketSettings>;
  connectBucket(form: BucketForm): Promise<BucketSettings>;
  disconnectBucket(): Promise<BucketSettings>;
  checkBucket(): Promise<CheckStep[]>; // each step also comes as checkStep event while it runs
  saveSettings(settings: Settings): Promise<Settings>;
  addProfile(name: string): Promise<Profile>;
  switchProfile(id: string): Promise<Bootstrap>;
  revealLibrary(): Promise<null>;
};

/** ids: null means "reload the view" (too many or unknown, e.g. another process wrote). */
export type CatalogChanged = { added: string[]; changed: string[]; removed: string[]; reload: boolean };
export type ImportProgress = { done: number; total: number; running: boolean };
/** paths stay in Rust: a drop is known to the UI by a token; position is in CSS px. */
export type DragOver = { phase: "enter" | "over" | "leave"; files: number; x: number; y: number };
export type Dropped = { token: number; files: number; x: number; y: number };
// events: catalogChanged, importProgress, dragOver, dropped, transfersChanged(TransferSummary), checkStep(CheckStep)
