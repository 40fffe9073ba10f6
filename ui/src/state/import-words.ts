// Owns the texts about imports, and about files that are dragged over the window.
import type {
  FileOffer,
  ImportProgress,
  ImportSummary,
  ImportTarget,
  PassedOver,
} from "../ipc/bindings";
import { counted, number } from "../shared/text";
import type { Sets } from "./sets";
import { importTargetName } from "./views";

/** Returns one line for the toast; empty when nothing happened. */
export function importWords(summary: ImportSummary, targetText: string): string {
  const { imported, duplicates, rejected, trashed } = summary;
  const parts: string[] = [];
  if (summary.cancelled) parts.push(cancelledWords(summary));
  if (imported > 0) parts.push(`Added ${counted(imported, "image")} to ${targetText}.`);
  if (duplicates === 1 && imported === 0) parts.push("This image is already in the library.");
  else if (duplicates > 0) {
    parts.push(
      `${number(duplicates)} ${duplicates === 1 ? "was" : "were"} already in the library.`,
    );
  }
  if (trashed.length > 0) parts.push(trashWords(trashed.length));
  if (rejected > 0) parts.push(`${counted(rejected, "file")} could not be added.`);
  const left = leftOut(summary.passed_over);
  if (left.length > 0) parts.push(`Left out: ${left.join(", ")}.`);
  return parts.join(" ");
}

/** Returns the label of the button that shows new images. */
export function showNew(images: number): string {
  return `Show the ${number(images)} new`;
}

/** Returns the progress of a cancelled import. */
function cancelledWords({ done, total }: ImportSummary): string {
  return total === null
    ? `Cancelled after ${number(done)}, before all files were counted.`
    : `Cancelled after ${number(done)} of ${number(total)}.`;
}

/** Returns files that are skipped unexpectedly. Sidecars are not named. */
function leftOut({ hidden, links, libraries }: PassedOver): string[] {
  const parts: string[] = [];
  if (hidden > 0) parts.push(counted(hidden, "hidden file or folder", "hidden files and folders"));
  if (links > 0) parts.push(counted(links, "link to a folder", "links to folders"));
  if (libraries > 0) parts.push("this library");
  return parts;
}

/** Returns what the footer says while an import runs. */
export function importProgressWords({
  done,
  total,
  counting,
  seconds_left,
}: ImportProgress): string {
  const now = `Adding ${number(Math.min(done + 1, total))} of ${number(total)}`;
  if (counting) return `${now} found so far`;
  return seconds_left === null ? now : `${now}, ${timeWords(seconds_left)} left`;
}

function timeWords(seconds: number): string {
  if (seconds < 60) return `${number(seconds)} s`;
  if (seconds < 3600) return `${number(Math.ceil(seconds / 60))} min`;
  return `${number(Math.ceil(seconds / 3600))} h`;
}

/** Returns how many of the files are images in the trash. */
export function trashWords(count: number): string {
  return `${number(count)} ${count === 1 ? "is" : "are"} in the trash.`;
}

/** Returns the question about files that Vitrine was opened with. */
export function offerWords({ files, first }: FileOffer, target: ImportTarget, sets: Sets): string {
  const more = files > 1 ? ` and ${number(files - 1)} more` : "";
  return `Add ${first}${more} to ${importTargetName(target, sets)}?`;
}

/** Returns what the overlay says while files are dragged over the window. */
export function dropWords(files: number, target: ImportTarget, sets: Sets): string {
  const what = files > 0 ? counted(files, "file") : "files";
  return `Add ${what} to ${importTargetName(target, sets)}`;
}
