// Owns the texts about transfers.
import type { CachedCopies, Transfer, TransferSummary } from "../../ipc/bindings";
import { transferProblemAdvice } from "../../ipc/errors";
import { bytes, counted, date, number } from "../../shared/text";

/** Returns the line of the footer; empty when there is nothing to say. */
export function summaryWords(summary: TransferSummary): string {
  const left = summary.waiting + summary.active;
  switch (summary.activity) {
    case "idle":
      return summary.parked > 0 ? parkedWords(summary.parked) : "";
    case "running":
      return `${doing(summary)} ${progressWords(summary)}`;
    case "paused":
      return left > 0 ? `Paused, ${number(left)} waiting` : "Paused";
    case "offline":
      return left > 0 ? `Offline, ${number(left)} waiting` : "Offline";
    case "waiting_for_keys":
      return left > 0
        ? `The new keys are not accepted yet, ${number(left)} waiting`
        : "The new keys are not accepted yet";
    case "needs_attention":
      return summary.problem
        ? transferProblemAdvice[summary.problem.code].text
        : parkedWords(summary.parked);
    case "not_configured":
      return left > 0 ? `${number(left)} waiting for a bucket` : "";
    case "elsewhere":
      return summary.done > 0 || summary.bytes_done > 0
        ? `Another Vitrine is ${doing(summary).toLowerCase()} ${progressWords(summary)}`
        : `Another Vitrine is ${doing(summary).toLowerCase()}`;
  }
}

/** Returns what happens to the transfers that are left. */
function doing(summary: TransferSummary): string {
  if (summary.originals > 0) return "Uploading";
  return summary.feed_files > 0 ? "Publishing" : "Removing";
}

/** Whether only deletions are left, which transfer no bytes. */
export function isRemoving(summary: TransferSummary): boolean {
  return summary.originals + summary.feed_files === 0;
}

function progressWords(summary: TransferSummary): string {
  return `${number(Math.min(summary.total, summary.done + 1))} of ${number(summary.total)}`;
}

/** Returns the amount, the speed and the time that is left, as far as known. */
export function amountWords(summary: TransferSummary): string {
  const amount = `${bytes(summary.bytes_done)} of ${bytes(summary.bytes_total)}`;
  if (summary.bytes_per_second <= 0) return amount;
  const left = Math.max(0, summary.bytes_total - summary.bytes_done);
  return `${amount}, ${bytes(summary.bytes_per_second)}/s, ${leftWords(left / summary.bytes_per_second)}`;
}

function leftWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s left`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min left`;
  return `${Math.round(seconds / 3600)} h left`;
}

function parkedWords(parked: number): string {
  return `${counted(parked, "transfer needs", "transfers need")} attention`;
}

/** Returns the progress of all transfers, 0 to 1. */
export function summaryPart(summary: TransferSummary): number {
  if (!isRemoving(summary) && summary.bytes_total > 0)
    return Math.min(1, summary.bytes_done / summary.bytes_total);
  return summary.total > 0 ? Math.min(1, summary.done / summary.total) : 0;
}

const stateWords = {
  image: {
    put: { active: "Uploading", waiting: "Waiting" },
    delete: { active: "Deleting", waiting: "Waiting to be deleted from the bucket" },
  },
  feed: {
    put: { active: "Publishing", waiting: "Waiting to be published" },
    delete: { active: "Removing from the feed", waiting: "Waiting to be removed from the feed" },
  },
};

/** Returns what one transfer is doing, or why it is not. */
export function transferWords(transfer: Transfer, now: number): string {
  const words = stateWords[transfer.is_feed_file ? "feed" : "image"][transfer.operation];
  if (transfer.state === "active") return words.active;
  if (transfer.problem) {
    const { text } = transferProblemAdvice[transfer.problem.code];
    if (transfer.state === "parked") return text;
    return `${text}${againIn(transfer.next_attempt_at, now)}`;
  }
  if (transfer.state === "parked") return "Stopped. Retry to continue.";
  return words.waiting;
}

function againIn(time: number | null, now: number): string {
  if (time === null || time <= now) return "";
  const seconds = Math.ceil((time - now) / 1000);
  return seconds < 90 ? ` Again in ${seconds} s.` : ` Again in ${Math.round(seconds / 60)} min.`;
}

/**
 * Returns whether a transfer can be cancelled. A deletion is undone by restoring its image, and
 * a file of a feed goes out with the others.
 */
export function mayCancel(transfer: Transfer): boolean {
  return (
    transfer.operation === "put" &&
    !transfer.is_feed_file &&
    transfer.state !== "active" &&
    transfer.problem?.code !== "Cancelled"
  );
}

/** Returns what caches may still have of deleted or replaced images; empty if there is nothing. */
export function cachesWords(copies: CachedCopies): string {
  const problem = copies.purges ? (copies.last_purge?.problem ?? "") : "";
  if (copies.addresses === 0 || copies.until === null) return "";
  const kept = `Caches may keep copies of ${counted(copies.addresses, "address", "addresses")} until ${date(copies.until)}.`;
  return problem === "" ? kept : `${kept} They were not purged: ${problem}`;
}
