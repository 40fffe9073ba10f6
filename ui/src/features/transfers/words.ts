// Owns how transfers read.
import type { Transfer, TransferSummary } from "../../ipc/bindings";
import { transferProblemAdvice } from "../../ipc/errors";
import { counted, number } from "../../shared/text";

/** Returns the line of the footer; empty when there is nothing to say. */
export function summaryWords(summary: TransferSummary): string {
  const left = summary.waiting + summary.active;
  switch (summary.activity) {
    case "idle":
      return summary.parked > 0 ? parkedWords(summary.parked) : "";
    case "running":
      return `Uploading ${number(Math.min(summary.total, summary.done + 1))} of ${number(summary.total)}`;
    case "paused":
      return left > 0 ? `Paused, ${number(left)} waiting` : "Paused";
    case "offline":
      return left > 0 ? `Offline, ${number(left)} waiting` : "Offline";
    case "needs_attention":
      return summary.problem
        ? transferProblemAdvice[summary.problem.code].text
        : parkedWords(summary.parked);
    case "not_configured":
      return left > 0 ? `${number(left)} waiting for a bucket` : "";
    case "elsewhere":
      return "Another Vitrine is uploading";
  }
}

function parkedWords(parked: number): string {
  return `${counted(parked, "transfer needs", "transfers need")} attention`;
}

/** Returns how far all of it is, 0 to 1. */
export function summaryPart(summary: TransferSummary): number {
  if (summary.bytes_total > 0) return Math.min(1, summary.bytes_done / summary.bytes_total);
  return summary.total > 0 ? Math.min(1, summary.done / summary.total) : 0;
}

/** Returns what one transfer is doing, or why it is not. */
export function transferWords(transfer: Transfer, now: number): string {
  if (transfer.state === "active") return transfer.operation === "put" ? "Uploading" : "Deleting";
  if (transfer.problem) {
    const { text } = transferProblemAdvice[transfer.problem.code];
    if (transfer.state === "parked") return text;
    return `${text}${againIn(transfer.next_attempt_at, now)}`;
  }
  if (transfer.state === "parked") return "Stopped. Retry to go on.";
  return transfer.operation === "put" ? "Waiting" : "Waiting to be deleted from the bucket";
}

function againIn(time: number | null, now: number): string {
  if (time === null || time <= now) return "";
  const seconds = Math.ceil((time - now) / 1000);
  return seconds < 90 ? ` Again in ${seconds} s.` : ` Again in ${Math.round(seconds / 60)} min.`;
}
