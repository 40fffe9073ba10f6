// Owns the texts about what a bucket costs, and about purges of caches.
import type { BucketUsage, CachedCopies, PurgeResult } from "../../ipc/bindings";
import { bytes, counted, date, dateTime, number } from "../../shared/text";

const MINUTE = 60_000;

/** Returns one line each for what is stored and for each class of requests. */
export function usageWords(usage: BucketUsage): { name: string; used: string; free: string }[] {
  const { allowance } = usage;
  return [
    {
      name: "Stored",
      used: `${bytes(usage.stored_bytes)} in ${counted(usage.objects, "object")}`,
      free: `${bytes(allowance.stored_bytes)} free`,
    },
    {
      name: "Uploads and listings (class A)",
      used: number(usage.class_a),
      free: `${number(allowance.class_a)} free`,
    },
    {
      name: "Reads (class B)",
      used: number(usage.class_b),
      free: `${number(allowance.class_b)} free`,
    },
  ];
}

/** Returns what caches may still have, and how the last purge ended. */
export function purgeWords(copies: CachedCopies, now: number): string[] {
  const lines: string[] = [];
  if (copies.purges && copies.last_purge) lines.push(lastWords(copies.last_purge, now));
  if (copies.addresses > 0 && copies.until !== null) {
    const addresses = counted(copies.addresses, "address", "addresses");
    lines.push(`Caches may keep copies of ${addresses} until ${date(copies.until)}.`);
  }
  return lines;
}

function lastWords({ at, addresses, problem }: PurgeResult, now: number): string {
  const age = now - at;
  const when = age >= 0 && age < MINUTE ? "just now" : dateTime(at);
  const done = `Last purge: ${counted(addresses, "address", "addresses")}, ${when}.`;
  return problem === null ? done : `${done} ${problem}`;
}
