// Owns the way to the host. Nothing outside this folder imports @tauri-apps.
import { convertFileSrc, invoke } from "@tauri-apps/api/core";
import {
  events as generated,
  type ImportSummary,
  type ImportTarget,
  type OrderBy,
  type View,
} from "./bindings";

export { commands, daysInTrash, settingRanges } from "./bindings";

export const events = {
  catalogChanged: generated.catalogChangedEvent,
  importProgress: generated.importProgressEvent,
  copiesSaved: generated.copiesSavedEvent,
  dragOver: generated.dragOverEvent,
  dropped: generated.droppedEvent,
  filesOffered: generated.filesOfferedEvent,
  transfersChanged: generated.transfersChangedEvent,
  checkStep: generated.checkStepEvent,
  verifyProgress: generated.verifyProgressEvent,
  datesFound: generated.datesFoundEvent,
  duplicatesProgress: generated.duplicatesProgressEvent,
  cachesPurged: generated.cachesPurgedEvent,
  catalogDamaged: generated.catalogDamagedEvent,
  feedChanged: generated.feedChangedEvent,
  windowCloses: generated.windowClosesEvent,
};

export type ImageVariant = "small" | "thumbnail" | "large" | "original" | "avatar";

/** Returns the address of the pixels of an image, or of an avatar; the UI never learns a path. */
export function imageUrl(variant: ImageVariant, id: string): string {
  return convertFileSrc(`${variant}/${id}`, "vitrine");
}

/** Imports bytes from the clipboard as a raw body, without a detour through JSON. */
export async function importPasted(file: File, target: ImportTarget): Promise<ImportSummary> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return invoke("import_pasted", bytes, {
    headers: {
      "x-vitrine-kind": target.kind,
      "x-vitrine-gallery": target.gallery ?? "",
      "x-vitrine-collection": target.collection ?? "",
      "x-vitrine-filename": encodeURIComponent(file.name),
    },
  });
}

/** Returns all images of a view, packed; nothing when another view was asked for meanwhile. */
export async function viewIndex(view: View, order: OrderBy): Promise<ArrayBuffer> {
  return invoke<ArrayBuffer>("view_index", { view, order });
}
