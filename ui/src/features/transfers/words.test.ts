import { expect, it } from "vitest";
import { aCachedCopies, aTransfer, aTransferSummary } from "../../testing/fixtures";
import { amountWords, cachesWords, summaryPart, summaryWords, transferWords } from "./words";

it("counts the current upload, not those that are done", () => {
  const running = { activity: "running", done: 4, total: 8, active: 1 } as const;
  expect(summaryWords(aTransferSummary({ ...running, bytes_total: 9 }))).toBe("Uploading 5 of 8");
});

it("says what happens to what is left: originals first, then files of the feed, then deletions", () => {
  const running = { activity: "running", done: 4, total: 8, active: 1, waiting: 3 } as const;
  const words = (originals: number, feed_files: number) =>
    // Bytes of earlier uploads do not make an upload of a deletion.
    summaryWords(aTransferSummary({ ...running, originals, feed_files, bytes_total: 9 }));
  expect(words(1, 3)).toBe("Uploading 5 of 8");
  expect(words(0, 1)).toBe("Publishing 5 of 8");
  expect(words(0, 0)).toBe("Removing 5 of 8");
  const elsewhere = { activity: "elsewhere", waiting: 3, originals: 0 } as const;
  expect(summaryWords(aTransferSummary(elsewhere))).toBe("Another Vitrine is removing");
  expect(summaryWords(aTransferSummary({ ...elsewhere, feed_files: 3 }))).toBe(
    "Another Vitrine is publishing",
  );
});

it("is empty without transfers", () => {
  expect(summaryWords(aTransferSummary({}))).toBe("");
  expect(summaryWords(aTransferSummary({ activity: "not_configured" }))).toBe("");
});

it("explains what transfers wait for", () => {
  expect(summaryWords(aTransferSummary({ activity: "paused", waiting: 3 }))).toBe(
    "Paused, 3 waiting",
  );
  expect(summaryWords(aTransferSummary({ activity: "offline", waiting: 3 }))).toBe(
    "Offline, 3 waiting",
  );
  expect(summaryWords(aTransferSummary({ activity: "waiting_for_keys", waiting: 3 }))).toBe(
    "The new keys are not accepted yet, 3 waiting",
  );
  expect(summaryWords(aTransferSummary({ activity: "not_configured", waiting: 3 }))).toBe(
    "3 waiting for a bucket",
  );
});

it("shows the progress of another process, if it is known", () => {
  expect(summaryWords(aTransferSummary({ activity: "elsewhere", waiting: 3 }))).toBe(
    "Another Vitrine is uploading",
  );
  expect(
    summaryWords(aTransferSummary({ activity: "elsewhere", waiting: 7, done: 2, total: 9 })),
  ).toBe("Another Vitrine is uploading 3 of 9");
});

it("shows the time that is left once the speed is known", () => {
  const half = { bytes_done: 5e6, bytes_total: 10e6 };
  expect(amountWords(aTransferSummary(half))).toBe("5.0 MB of 10 MB");
  expect(amountWords(aTransferSummary({ ...half, bytes_per_second: 1e6 }))).toBe(
    "5.0 MB of 10 MB, 1.0 MB/s, 5 s left",
  );
  expect(amountWords(aTransferSummary({ ...half, bytes_per_second: 10_000 }))).toContain(
    "8 min left",
  );
});

it("measures in bytes if they are known", () => {
  expect(
    summaryPart(
      aTransferSummary({ active: 1, done: 1, total: 2, bytes_done: 25, bytes_total: 100 }),
    ),
  ).toBe(0.25);
  // Only deletions are left after uploads.
  expect(summaryPart(aTransferSummary({ done: 1, total: 2, bytes_done: 9, bytes_total: 9 }))).toBe(
    0.5,
  );
  expect(summaryPart(aTransferSummary({ done: 1, total: 2 }))).toBe(0.5);
  expect(summaryPart(aTransferSummary({}))).toBe(0);
});

it("shows why a transfer is parked, and when a waiting one is retried", () => {
  const problem = { code: "Credentials", message: "" } as const;
  expect(transferWords(aTransfer({ state: "parked", problem }), 0)).toBe(
    "The bucket refused the key. Check the credentials.",
  );
  const server = { code: "Server", message: "" } as const;
  expect(transferWords(aTransfer({ problem: server, next_attempt_at: 30_000 }), 0)).toMatch(
    /Again in 30 s\.$/,
  );
});

it("says what caches may still have, and why it was not purged", () => {
  const until = Date.UTC(2027, 10, 27, 12);
  expect(cachesWords(aCachedCopies())).toBe("");
  expect(cachesWords(aCachedCopies({ addresses: 1, until }))).toBe(
    "Caches may keep copies of 1 address until 27 Nov 2027.",
  );
  const last_purge = { at: 0, addresses: 0, problem: "Cloudflare refuses the purge token." };
  const failed = aCachedCopies({ purges: true, addresses: 2, until, last_purge });
  expect(cachesWords(failed)).toContain(
    "They were not purged: Cloudflare refuses the purge token.",
  );
  expect(cachesWords({ ...failed, addresses: 0, until: null })).toBe("");
});
