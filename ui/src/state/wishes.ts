// Owns the rule for rapid switching: one call in flight per image, then the
// newest wish. Knows nothing of the DOM, of tiles or of the value that is switched.

import { outcomesOf, type Outcomes } from "./outcomes";

export type Settled<V> = {
  confirmed: { id: string; value: V }[];
  /** `value` is what the host confirmed last */
  failed: { id: string; value: V; error: unknown }[];
};

type Entry<V> = {
  confirmed: V;
  wanted: V;
  flying: boolean;
  /** Only an image that still has what was confirmed is changed. */
  guarded: boolean;
  /** called once the image has settled, with whether its last wish came true */
  heard: ((isDone: boolean) => void)[];
};

/** Changes images; with `insteadOf`, those that still have that value. */
export type Send<V> = (ids: string[], value: V, insteadOf: V | null) => Promise<Outcomes>;

export class Wishes<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #send: Send<V>;
  readonly #settle: (settled: Settled<V>) => void;

  constructor(send: Send<V>, settle: (settled: Settled<V>) => void) {
    this.#send = send;
    this.#settle = settle;
  }

  /**
   * Asks for `value`; `now` is what each image has at this moment. If the wish is guarded, an image that has
   * something else in the catalog fails. Returns, once all have settled, the images whose last wish came true.
   */
  async wish(
    images: readonly { id: string; now: V }[],
    value: V,
    guarded = false,
  ): Promise<string[]> {
    const settled = images.map(({ id, now }) => {
      const entry = this.#entries.get(id) ?? {
        confirmed: now,
        wanted: value,
        flying: false,
        guarded,
        heard: [],
      };
      entry.wanted = value;
      entry.guarded = guarded;
      this.#entries.set(id, entry);
      return new Promise<string[]>((resolve) =>
        entry.heard.push((isDone) => resolve(isDone ? [id] : [])),
      );
    });
    this.#flush();
    return (await Promise.all(settled)).flat();
  }

  #drop(id: string, entry: Entry<V>, isDone: boolean): void {
    this.#entries.delete(id);
    for (const hear of entry.heard) hear(isDone);
  }

  #flush(): void {
    const confirmed: Settled<V>["confirmed"] = [];
    const batches: { value: V; insteadOf: V | null; ids: string[] }[] = [];
    for (const [id, entry] of this.#entries) {
      if (entry.flying) continue;
      if (entry.wanted === entry.confirmed) {
        this.#drop(id, entry, true);
        confirmed.push({ id, value: entry.confirmed });
      } else {
        entry.flying = true;
        const insteadOf = entry.guarded ? entry.confirmed : null;
        const value = entry.wanted;
        const batch = batches.find((each) => each.value === value && each.insteadOf === insteadOf);
        if (batch) batch.ids.push(id);
        else batches.push({ value, insteadOf, ids: [id] });
      }
    }
    if (confirmed.length > 0) this.#settle({ confirmed, failed: [] });
    for (const { ids, value, insteadOf } of batches) void this.#fly(ids, value, insteadOf);
  }

  async #fly(ids: string[], value: V, insteadOf: V | null): Promise<void> {
    this.#land(ids, value, await outcomesOf(ids, () => this.#send(ids, value, insteadOf)));
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
