// Makes up what is on its way to the bucket.
import type { Tile, Transfer, TransferSummary } from "../src/ipc/bindings";
import { aTransfer, aTransferSummary } from "../src/testing/fixtures";

/** Returns the transfers of the newest pictures. */
export function makeTransfers(tiles: readonly Tile[]): Transfer[] {
  const parts: [at: number, part: Partial<Transfer>][] = [
    [0, { bytes_done: 8e5 }],
    [1, { bytes_done: 15e5 }],
    [5, { state: "queued", attempts: 0 }],
    [8, { state: "parked", attempts: 3, problem: { code: "Rejected", message: "" } }],
  ];
  return parts.flatMap(([at, part], number) => {
    const tile = tiles[at];
    if (!tile) return [];
    const { id: image_id, filename } = tile;
    const usual = { id: number + 1, image_id, filename, size_bytes: 2e6 };
    return [aTransfer({ ...usual, state: "active", attempts: 1, ...part })];
  });
}

export function makeSummary(isConfigured: boolean, isRunning: boolean): TransferSummary {
  return aTransferSummary({
    activity: isRunning ? "running" : isConfigured ? "idle" : "not_configured",
    waiting: isRunning ? 1 : 0,
    active: isRunning ? 2 : 0,
    parked: isRunning ? 1 : 0,
    done: 4,
    total: 8,
    bytes_done: 9.1e6,
    bytes_total: 14.6e6,
    bytes_per_second: 4.1e6,
  });
}
