// Owns the texts about damage and recovery.
import type { Recovery } from "../../ipc/bindings";
import { counted, dateTime } from "../../shared/text";

/** Names a backup by its date, unless that date is in the future. */
export function backupOf(moment: number, now = Date.now()): string {
  return moment <= now ? `the backup of ${dateTime(moment)}` : "the newest backup";
}

/** The most files with damaged entries that are named. */
const NAMED = 3;

/** Returns which entries of the catalog are damaged, by the names of their files. */
export function damagedWords(files: readonly string[]): string {
  const named = files.slice(0, NAMED).join(", ");
  if (files.length === 1) {
    return `The catalog entry of ${named} is damaged. Verify in Settings can repair it.`;
  }
  const more = files.length - NAMED;
  const others = more > 0 ? ` and ${counted(more, "more picture")}` : "";
  return `The catalog entries of ${named}${others} are damaged. Verify in Settings can repair them.`;
}

/** Returns what a recovery did. */
export function recoveryWords(recovery: Recovery): string {
  if (recovery.outcome === "healthy") return "The catalog is not damaged; nothing was changed.";
  const began =
    recovery.outcome === "restored" && recovery.backup_of !== null
      ? `Restored ${backupOf(recovery.backup_of)}.`
      : "Started with an empty catalog.";
  const newer = recovery.from_journal;
  const told =
    newer > 0
      ? ` ${counted(newer, "newer picture was", "newer pictures were")} restored from the journal.`
      : "";
  const untold = recovery.found_again - newer;
  const found =
    untold > 0
      ? ` ${counted(untold, "picture was", "pictures were")} found on the disk and added as unlisted.`
      : "";
  const left =
    recovery.left_alone > 0
      ? ` ${counted(recovery.left_alone, "file could not be imported and is", "files could not be imported and are")} still on the disk.`
      : "";
  return `${began}${told}${found}${left}`;
}
