import { expect, it } from "vitest";
import type { Transfer, TransferSummary } from "../../ipc/bindings";
import { amountWords, summaryPart, summaryWords, transferWords } from "./words";

const summary = (part: Partial<TransferSummary>): TransferSummary => ({
  activity: "idle",
  waiting: 0,
  active: 0,
  parked: 0,
  done: 0,
  total: 0,
  bytes_done: 0,
  bytes_total: 0,
  bytes_per_second: 0,
  problem: null,
  ...part,
});
const transfer = (part: Partial<Transfer>): Transfer => ({
  id: 1,
  operation: "put",
  image_id: "a",
  filename: "a.png",
  state: "queued",
  attempts: 0,
  size_bytes: 100,
  bytes_done: 0,
  problem: null,
  next_attempt_at: null,
  ...part,
});

it("counts the upload under way, not those that are done", () => {
  expect(summaryWords(summary({ activity: "running", done: 4, total: 8, active: 1 }))).toBe(
    "Uploading 5 of 8",
  );
});

it("says nothing when there is nothing to say", () => {
  expect(summaryWords(summary({}))).toBe("");
  expect(summaryWords(summary({ activity: "not_configured" }))).toBe("");
});

it("says what waits and for what", () => {
  expect(summaryWords(summary({ activity: "paused", waiting: 3 }))).toBe("Paused, 3 waiting");
  expect(summaryWords(summary({ activity: "offline", waiting: 3 }))).toBe("Offline, 3 waiting");
  expect(summaryWords(summary({ activity: "waiting_for_keys", waiting: 3 }))).toBe(
    "The new keys are not accepted yet, 3 waiting",
  );
  expect(summaryWords(summary({ activity: "not_configured", waiting: 3 }))).toBe(
    "3 waiting for a bucket",
  );
});

it("says what another process is doing as far as it told", () => {
  expect(summaryWords(summary({ activity: "elsewhere", waiting: 3 }))).toBe(
    "Another Vitrine is uploading",
  );
  expect(summaryWords(summary({ activity: "elsewhere", done: 2, total: 9 }))).toBe(
    "Another Vitrine is uploading 3 of 9",
  );
});

it("says how long it still takes once the speed is known", () => {
  const half = { bytes_done: 5e6, bytes_total: 10e6 };
  expect(amountWords(summary(half))).toBe("5.0 MB of 10 MB");
  expect(amountWords(summary({ ...half, bytes_per_second: 1e6 }))).toBe(
    "5.0 MB of 10 MB, 1.0 MB/s, 5 s left",
  );
  expect(amountWords(summary({ ...half, bytes_per_second: 10_000 }))).toContain("8 min left");
});

it("measures by bytes where they are known", () => {
  expect(summaryPart(summary({ done: 1, total: 2, bytes_done: 25, bytes_total: 100 }))).toBe(0.25);
  expect(summaryPart(summary({ done: 1, total: 2 }))).toBe(0.5);
  expect(summaryPart(summary({}))).toBe(0);
});

it("gives a parked transfer its reason and a waiting one its next time", () => {
  const problem = { code: "Credentials", message: "" } as const;
  expect(transferWords(transfer({ state: "parked", problem }), 0)).toBe(
    "The bucket refused the key. Check the credentials.",
  );
  const server = { code: "Server", message: "" } as const;
  expect(transferWords(transfer({ problem: server, next_attempt_at: 30_000 }), 0)).toMatch(
    /Again in 30 s\.$/,
  );
});
