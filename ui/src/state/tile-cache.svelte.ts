// Owns the tiles of images near the screen. Bounded: the oldest are dropped.
import { commands } from "$ipc";
import type { Tile } from "../ipc/bindings";

/** The most tiles in the cache: several screens of the smallest pictures. */
const MOST_TILES = 4000;
/** The most tiles in one request. */
const MOST_ASKED = 500;

/** The order in which the catalog was asked: a later question has a greater ticket. */
export type Ticket = number;
type Known = { tile: Tile; asked: Ticket };

const isSameTile = (a: Tile, b: Tile): boolean =>
  (Object.keys(a) as (keyof Tile)[]).every((key) => a[key] === b[key]);

export class TileCache {
  readonly #tiles = new Map<string, Known>();
  readonly #asked = new Set<string>();
  #stale = new Set<string>();
  /** grows when a tile changes */
  #learnt = $state(0);
  #last: Ticket = 0;
  /** grows when all tiles may be out of date */
  doubts = $state(0);

  get(id: string): Tile | undefined {
    void this.#learnt;
    return this.#tiles.get(id)?.tile;
  }

  /** Returns a ticket, to be taken before a query and passed with its answer. */
  ticket(): Ticket {
    return ++this.#last;
  }

  /**
   * Applies an answer. Answers may arrive in another order: that of the latest query wins.
   * An answer without news changes nothing, such as one about a change of this window.
   */
  put(tiles: readonly Tile[], asked: Ticket): void {
    let isNew = false;
    for (const answered of tiles) {
      const known = this.#tiles.get(answered.id);
      if (known && known.asked > asked) continue;
      const isSame = known !== undefined && isSameTile(known.tile, answered);
      isNew ||= !isSame;
      // The newest are last.
      this.#tiles.delete(answered.id);
      this.#tiles.set(answered.id, { tile: isSame ? known.tile : answered, asked });
      this.#stale.delete(answered.id);
    }
    if (!isNew) return;
    this.#dropOldest();
    this.#learnt++;
  }

  #dropOldest(): void {
    for (const id of this.#tiles.keys()) {
      if (this.#tiles.size <= MOST_TILES) return;
      this.#tiles.delete(id);
      this.#stale.delete(id);
    }
  }

  /** Marks all tiles as possibly out of date; they are shown until they are read again. */
  doubt(): void {
    this.#stale = new Set(this.#tiles.keys());
    this.doubts++;
  }

  /** Reads those of these tiles that are missing or may be out of date. */
  async want(ids: readonly string[]): Promise<void> {
    const missing = ids.filter(
      (id) => (!this.#tiles.has(id) || this.#stale.has(id)) && !this.#asked.has(id),
    );
    for (let from = 0; from < missing.length; from += MOST_ASKED) {
      await this.#ask(missing.slice(from, from + MOST_ASKED));
    }
  }

  async #ask(ids: string[]): Promise<void> {
    for (const id of ids) this.#asked.add(id);
    try {
      const asked = this.ticket();
      this.put(await commands.getTiles(ids), asked);
    } catch {
      // They stay as they are until they are requested again.
    } finally {
      for (const id of ids) this.#asked.delete(id);
    }
  }
}
