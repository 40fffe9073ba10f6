// Makes up what is on its way to the bucket.
import type { Tile, Transfer, TransferSummary } from "../src/ipc/bindings";

function aTransfer(
  id: number,
  { filename, id: image_id }: Tile,
  part: Partial<Transfer>,
): Transfer {
  return {
    id,
    operation: "put",
    image_id,
    filename,
    state: "active",
    attempts: 1,
    size_bytes: 2e6,
    bytes_done: 0,
    problem: null,
    next_attempt_at: null,
    ...part,
  };
}

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
    return tile ? [aTransfer(number + 1, tile, part)] : [];
  });
}

export function makeSummary(isConfigured: boolean, isRunning: boolean): TransferSummary {
  return {
    activity: isRunning ? "running" : isConfigured ? "idle" : "not_configured",
    waiting: isRunning ? 1 : 0,
    active: isRunning ? 2 : 0,
    parked: isRunning ? 1 : 0,
    done: 4,
    total: 8,
    bytes_done: 9.1e6,
    bytes_total: 14.6e6,
    bytes_per_second: 4.1e6,
    problem: null,
  };
}
