// Owns how the result of an import, and a drop to come, read.
import type { Gallery, ImportSummary, ImportTarget } from "../ipc/bindings";
import { counted, number } from "../shared/text";
import { placeName } from "./views";

/** Returns one line for the toast; empty when nothing happened. */
export function importWords(summary: ImportSummary, place: string): string {
  const { imported, duplicates, rejected, trashed } = summary;
  const parts: string[] = [];
  if (imported > 0) parts.push(`Added ${counted(imported, "image")} to ${place}.`);
  if (duplicates === 1 && imported === 0) parts.push("This image is already in the library.");
  else if (duplicates > 0) {
    parts.push(
      `${number(duplicates)} ${duplicates === 1 ? "was" : "were"} already in the library.`,
    );
  }
  if (trashed.length > 0) parts.push(trashWords(trashed.length));
  if (rejected > 0) parts.push(`${counted(rejected, "file")} could not be added.`);
  if (summary.cancelled) parts.push("The rest was cancelled.");
  return parts.join(" ");
}

/** Returns what the button says that shows what an import added. */
export function showNew(images: number): string {
  return `Show the ${number(images)} new`;
}

/** Returns how many of the files are images in the trash. */
export function trashWords(count: number): string {
  return `${number(count)} ${count === 1 ? "is" : "are"} in the trash.`;
}

/** Returns what the overlay says while files hang over the window. */
export function dropWords(
  files: number,
  target: ImportTarget,
  galleries: readonly Gallery[],
): string {
  const what = files > 0 ? counted(files, "file") : "files";
  return `Add ${what} to ${placeName(target, galleries)}`;
}
