// Owns the texts of all error codes, checks and findings. Exhaustive by type: a new
// code does not compile until it has a text.
import type {
  CheckStepName,
  ErrorCode,
  Failure,
  FindingKind,
  TransferProblemCode,
} from "./bindings";

/** What an artist can do about an error; the app knows how to do each. */
export type Remedy = "settings" | "retry" | "reload" | "folder" | null;
export type Advice = { text: string; remedy: Remedy };

export const remedyLabels = {
  settings: "Open settings",
  retry: "Try again",
  reload: "Reload",
  folder: "Show library folder",
} satisfies Record<NonNullable<Remedy>, string>;

export const errorAdvice = {
  NotFound: { text: "This image is no longer in the library.", remedy: "reload" },
  NotAuthorized: {
    text: "This image belongs to another profile. Switch profiles to change it.",
    remedy: "settings",
  },
  InTrash: { text: "An image in the trash cannot be changed. Restore it first.", remedy: null },
  Changed: { text: "Something else changed it meanwhile.", remedy: null },
  InvalidInput: { text: "That value was not accepted.", remedy: null },
  NotConfigured: { text: "No bucket is connected yet.", remedy: "settings" },
  SecretsUnavailable: {
    text: "The system keyring cannot be reached, so the keys could not be read.",
    remedy: "settings",
  },
  SecretsLocked: {
    text: "The system keyring is locked. Unlock it and try again.",
    remedy: "retry",
  },
  LibraryUnusable: { text: "The library folder cannot be read or written.", remedy: "folder" },
  CatalogTooNew: {
    text: "This library was written by a newer Vitrine. Update the app to open it.",
    remedy: null,
  },
  CatalogDamaged: { text: "The catalog of this library is damaged.", remedy: null },
  RowDamaged: {
    text: "The catalog entry of this image is damaged. Verify in Settings can repair it.",
    remedy: "settings",
  },
  DiskFull: { text: "The disk is full. Free some space and try again.", remedy: "folder" },
  Bucket: { text: "The bucket did not accept the request.", remedy: "settings" },
  Cancelled: { text: "Cancelled.", remedy: null },
  Internal: { text: "Something went wrong inside Vitrine.", remedy: "retry" },
} satisfies Record<ErrorCode, Advice>;

/** Codes whose message from the host has more detail than the table. */
const specific = new Set<ErrorCode>([
  "NotFound",
  "InvalidInput",
  "NotConfigured",
  "LibraryUnusable",
  "Bucket",
  "Internal",
]);

export function isFailure(error: unknown): error is Failure {
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    typeof error.code === "string" &&
    Object.hasOwn(errorAdvice, error.code) &&
    "message" in error &&
    typeof error.message === "string"
  );
}

/** Returns whether the catalog is damaged, which has a screen of its own. */
export function isDamage(error: unknown): boolean {
  return isFailure(error) && error.code === "CatalogDamaged";
}

/** Returns a sentence and an action for anything a command may reject with. */
export function adviceFor(error: unknown): Advice {
  // Tauri rejects a call with a bare string.
  if (typeof error === "string" && error.trim() !== "") {
    return {
      ...errorAdvice.Internal,
      text: `${errorAdvice.Internal.text} ${sentence(error.trim())}`,
    };
  }
  if (!isFailure(error)) {
    return {
      text: "Vitrine did not answer as expected. Try again, or restart the app.",
      remedy: "retry",
    };
  }
  const advice: Advice = errorAdvice[error.code];
  const message = error.message.trim();
  if (!specific.has(error.code) || message === "") return advice;
  const detail = sentence(message);
  const saysAll = error.code === "InvalidInput" || error.code === "NotFound";
  return { ...advice, text: saysAll ? detail : `${advice.text} ${detail}` };
}

export const transferProblemAdvice = {
  Offline: { text: "No connection. Uploads continue when it is back.", remedy: null },
  Credentials: { text: "The bucket refused the key. Check the credentials.", remedy: "settings" },
  Throttled: {
    text: "The bucket asked for fewer requests. Vitrine waits and tries again.",
    remedy: null,
  },
  Server: { text: "The bucket reports a problem on its side. Try again later.", remedy: "retry" },
  Rejected: { text: "The bucket refused this file.", remedy: "retry" },
  OtherLibrary: {
    text: "Another library publishes its feed at this address. Take back that feed, or publish with another profile or into another bucket.",
    remedy: "retry",
  },
  OtherObject: {
    text: "An object that Vitrine did not publish is at this address. Delete it in the bucket, then retry.",
    remedy: "retry",
  },
  BucketMissing: { text: "The bucket does not exist. Check its name.", remedy: "settings" },
  ClockSkew: {
    text: "The clock of this computer is wrong. Correct it, then retry.",
    remedy: "retry",
  },
  OriginalMissing: { text: "The original is missing from the library folder.", remedy: "folder" },
  Configuration: { text: "The bucket settings are not complete.", remedy: "settings" },
  Cancelled: { text: "You cancelled this upload. Retry to upload it.", remedy: "retry" },
  UnsuitableStore: {
    text: "Vitrine cannot use this store. Check in Settings says why.",
    remedy: "settings",
  },
  RowDamaged: {
    text: "The catalog entry of this transfer is damaged. Verify in Settings can repair it.",
    remedy: "settings",
  },
} satisfies Record<TransferProblemCode, Advice>;

export const checkStepTitle = {
  configuration: "Settings are complete",
  endpoint: "The endpoint answers",
  credentials: "The key is accepted",
  bucket: "The bucket exists",
  put: "An image can be uploaded",
  public_read: "The public URL shows the image",
  delete: "The image can be deleted",
  purge: "Cloudflare accepts purges",
} satisfies Record<CheckStepName, string>;

export const findingTitle = {
  missing_object: "Missing in the bucket",
  different_object: "Replaced in the bucket",
  unconfirmed_object: "Uploaded, but not confirmed",
  removed_object: "Removed, but still in the bucket",
  unknown_object: "Unknown object in the bucket",
  missing_feed_file: "Missing on the published page",
  different_feed_file: "Replaced on the published page",
  missing_original: "Original missing on this computer",
  damaged_original: "Original damaged on this computer",
  leftover_temporary: "Left by an interrupted import",
  unknown_original: "Original without a catalog entry",
  damaged_catalog: "Damaged catalog",
  damaged_row: "Damaged entry in the catalog",
} satisfies Record<FindingKind, string>;

export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
