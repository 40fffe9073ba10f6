// Owns what a recovery says when it is done.
import type { Recovery } from "../../ipc/bindings";
import { counted, dateTime } from "../../shared/text";

/** Names a backup by its date, unless that is one that no clock can have shown. */
export function backupOf(moment: number, now = Date.now()): string {
  return moment <= now ? `the backup of ${dateTime(moment)}` : "the newest backup";
}

export function recoveryWords(recovery: Recovery): string {
  if (recovery.outcome === "healthy") return "The catalog is sound; nothing was changed.";
  const began =
    recovery.outcome === "restored" && recovery.backup_of !== null
      ? `Restored ${backupOf(recovery.backup_of)}.`
      : "Started with an empty catalog.";
  const newer = recovery.from_journal;
  const told =
    newer > 0 ? ` ${counted(newer, "newer picture")} are there again, as they were.` : "";
  const untold = recovery.found_again - newer;
  const found =
    untold > 0 ? ` ${counted(untold, "picture")} it did not know came back, unlisted.` : "";
  const left =
    recovery.left_alone > 0
      ? ` ${counted(recovery.left_alone, "file")} could not be taken in and stay on the disk.`
      : "";
  return `${began}${told}${found}${left}`;
}
