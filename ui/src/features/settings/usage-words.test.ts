import { expect, it } from "vitest";
import { aBucketUsage, aCachedCopies } from "../../testing/fixtures";
import { purgeWords, usageWords } from "./usage-words";

const NOW = Date.UTC(2026, 10, 27, 12);

it("shows each amount beside what is free", () => {
  const lines = usageWords(aBucketUsage({ objects: 1 })).map(
    ({ used, free }) => `${used} of ${free}`,
  );
  expect(lines).toEqual([
    "8.4 GB in 1 object of 10 GB free",
    "1,240 of 1,000,000 free",
    "380 of 10,000,000 free",
  ]);
});

it("says until when caches may keep copies", () => {
  const copies = aCachedCopies({ addresses: 34, until: Date.UTC(2027, 10, 27, 12) });
  expect(purgeWords(copies, NOW)).toEqual([
    "Caches may keep copies of 34 addresses until 27 Nov 2027.",
  ]);
  expect(purgeWords(aCachedCopies(), NOW)).toEqual([]);
});

it("says how the last purge ended", () => {
  const ended = (problem: string | null) => ({
    purges: true,
    last_purge: { at: NOW - 1_000, addresses: 34, problem },
  });
  expect(purgeWords(aCachedCopies(ended(null)), NOW)).toEqual([
    "Last purge: 34 addresses, just now.",
  ]);
  const [line] = purgeWords(aCachedCopies(ended("Cloudflare refuses the purge token.")), NOW);
  expect(line).toBe("Last purge: 34 addresses, just now. Cloudflare refuses the purge token.");
  // Without a zone, nobody waits for a purge.
  expect(purgeWords(aCachedCopies({ ...ended(null), purges: false }), NOW)).toEqual([]);
});
