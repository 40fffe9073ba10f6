// Owns what was done here but is not confirmed yet. Views show the catalog
// through it, so taking an entry back is all a rollback needs.
import type { Tile, Visibility } from "../ipc/bindings";

export type Change = {
  visibility?: Visibility | undefined;
  removed?: boolean | undefined;
  gone?: boolean | undefined;
};

export class Overlay {
  #changes = $state.raw<ReadonlyMap<string, Change>>(new Map());

  get empty(): boolean {
    return this.#changes.size === 0;
  }

  /** Lays changes over images; `undefined` takes that part back. */
  set(ids: readonly string[], change: Change): void {
    const next = new Map(this.#changes);
    for (const id of ids) {
      const merged = { ...next.get(id), ...change };
      if (Object.values(merged).every((value) => value === undefined)) next.delete(id);
      else next.set(id, merged);
    }
    this.#changes = next;
  }

  clear(): void {
    this.#changes = new Map();
  }

  /** Returns the tile as it will be, or null when it will not exist. */
  see(tile: Tile): Tile | null {
    const change = this.#changes.get(tile.id);
    if (!change) return tile;
    if (change.gone) return null;
    const seen = { ...tile };
    if (change.visibility !== undefined) seen.visibility = change.visibility;
    if (change.removed === true) seen.removed_at ??= tile.created_at;
    if (change.removed === false) seen.removed_at = null;
    return seen;
  }
}
