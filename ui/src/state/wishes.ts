// Owns the rule for rapid switching: one call in flight per image, then the
// newest wish. Knows nothing of the DOM, of tiles or of the value that is switched.

import type { Outcomes } from "./outcomes";

export type Settled<V> = {
  confirmed: { id: string; value: V }[];
  /** `value` is what the host confirmed last */
  failed: { id: string; value: V; error: unknown }[];
};

type Entry<V> = {
  confirmed: V;
  wanted: V;
  flying: boolean;
  /** called once the image has settled, with whether its last wish came true */
  heard: ((isDone: boolean) => void)[];
};

export class Wishes<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #send: (ids: string[], value: V) => Promise<Outcomes>;
  readonly #settle: (settled: Settled<V>) => void;

  constructor(
    send: (ids: string[], value: V) => Promise<Outcomes>,
    settle: (settled: Settled<V>) => void,
  ) {
    this.#send = send;
    this.#settle = settle;
  }

  /**
   * Asks for `value`; `now` is what each image has at this moment. Returns, once all have settled,
   * whether any wish came true.
   */
  async wish(images: readonly { id: string; now: V }[], value: V): Promise<boolean> {
    const settled = images.map(({ id, now }) => {
      const entry = this.#entries.get(id) ?? {
        confirmed: now,
        wanted: value,
        flying: false,
        heard: [],
      };
      entry.wanted = value;
      this.#entries.set(id, entry);
      return new Promise<boolean>((resolve) => entry.heard.push(resolve));
    });
    this.#flush();
    return (await Promise.all(settled)).includes(true);
  }

  #drop(id: string, entry: Entry<V>, isDone: boolean): void {
    this.#entries.delete(id);
    for (const hear of entry.heard) hear(isDone);
  }

  #flush(): void {
    const confirmed: Settled<V>["confirmed"] = [];
    const batches = new Map<V, string[]>();
    for (const [id, entry] of this.#entries) {
      if (entry.flying) continue;
      if (entry.wanted === entry.confirmed) {
        this.#drop(id, entry, true);
        confirmed.push({ id, value: entry.confirmed });
      } else {
        entry.flying = true;
        const batch = batches.get(entry.wanted);
        if (batch) batch.push(id);
        else batches.set(entry.wanted, [id]);
      }
    }
    if (confirmed.length > 0) this.#settle({ confirmed, failed: [] });
    for (const [value, ids] of batches) void this.#fly(ids, value);
  }

  async #fly(ids: string[], value: V): Promise<void> {
    let outcomes: Outcomes;
    try {
      outcomes = await this.#send(ids, value);
    } catch (error) {
      outcomes = { done: [], failed: ids.map((id) => ({ id, error })) };
    }
    this.#land(ids, value, outcomes);
  }

  #land(ids: string[], value: V, outcomes: Outcomes): void {
    const errors = new Map(outcomes.failed.map(({ id, error }) => [id, error]));
    const failed: Settled<V>["failed"] = [];
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (!entry) continue;
      entry.flying = false;
      if (!errors.has(id)) {
        entry.confirmed = value;
      } else if (entry.wanted === value) {
        this.#drop(id, entry, false);
        failed.push({ id, value: entry.confirmed, error: errors.get(id) });
      }
    }
    if (failed.length > 0) this.#settle({ confirmed: [], failed });
    this.#flush();
  }
}
