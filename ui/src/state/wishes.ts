// Owns the rule for rapid switching: one call in flight per image, then the
// newest wish. Knows nothing of the DOM, of tiles or of the value that is switched.

import type { Report } from "./report";

export type Settled<V> = {
  kept: { id: string; value: V }[];
  /** `value` is what the other side last confirmed */
  failed: { id: string; value: V; error: unknown }[];
};

type Entry<V> = { confirmed: V; wanted: V; flying: boolean };

export class Wishes<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #send: (ids: string[], value: V) => Promise<Report>;
  readonly #settle: (outcome: Settled<V>) => void;

  constructor(
    send: (ids: string[], value: V) => Promise<Report>,
    settle: (outcome: Settled<V>) => void,
  ) {
    this.#send = send;
    this.#settle = settle;
  }

  /** Asks for `value`; `now` is what each image has at this moment. */
  wish(images: readonly { id: string; now: V }[], value: V): void {
    for (const { id, now } of images) {
      const entry = this.#entries.get(id);
      if (entry) entry.wanted = value;
      else this.#entries.set(id, { confirmed: now, wanted: value, flying: false });
    }
    this.#flush();
  }

  #flush(): void {
    const kept: Settled<V>["kept"] = [];
    const batches = new Map<V, string[]>();
    for (const [id, entry] of this.#entries) {
      if (entry.flying) continue;
      if (entry.wanted === entry.confirmed) {
        this.#entries.delete(id);
        kept.push({ id, value: entry.confirmed });
      } else {
        entry.flying = true;
        const batch = batches.get(entry.wanted);
        if (batch) batch.push(id);
        else batches.set(entry.wanted, [id]);
      }
    }
    if (kept.length > 0) this.#settle({ kept, failed: [] });
    for (const [value, ids] of batches) void this.#fly(ids, value);
  }

  async #fly(ids: string[], value: V): Promise<void> {
    let report: Report;
    try {
      report = await this.#send(ids, value);
    } catch (error) {
      report = { done: [], failed: ids.map((id) => ({ id, error })) };
    }
    this.#land(ids, value, report);
  }

  #land(ids: string[], value: V, report: Report): void {
    const errors = new Map(report.failed.map(({ id, error }) => [id, error]));
    const failed: Settled<V>["failed"] = [];
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (!entry) continue;
      entry.flying = false;
      if (!errors.has(id)) {
        entry.confirmed = value;
      } else if (entry.wanted === value) {
        this.#entries.delete(id);
        failed.push({ id, value: entry.confirmed, error: errors.get(id) });
      }
    }
    if (failed.length > 0) this.#settle({ kept: [], failed });
    this.#flush();
  }
}
