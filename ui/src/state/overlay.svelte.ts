// Owns changes that are not confirmed yet. Views show the catalog through it, so
// dropping an entry is all a rollback needs.
import type { Tile, View, Visibility } from "../ipc/bindings";

export type Change = {
  visibility?: Visibility | undefined;
  sensitive?: boolean | undefined;
  favourite?: boolean | undefined;
  /** stars, 0 to 5 */
  rating?: number | undefined;
  removed?: boolean | undefined;
  gone?: boolean | undefined;
};

export class Overlay {
  #changes = $state.raw<ReadonlyMap<string, Change>>(new Map());
  /** called after every change */
  changed: () => void = () => undefined;

  /** Adds unconfirmed changes to images; `undefined` drops that part. */
  set(ids: readonly string[], change: Change): void {
    if (ids.length === 0) return;
    const next = new Map(this.#changes);
    for (const id of ids) {
      const merged = { ...next.get(id), ...change };
      if (Object.values(merged).every((value) => value === undefined)) next.delete(id);
      else next.set(id, merged);
    }
    this.#changes = next;
    this.changed();
  }

  clear(): void {
    this.#changes = new Map();
    this.changed();
  }

  /** Returns the tile as it will be, or null when it will not exist. */
  see(tile: Tile): Tile | null {
    const change = this.#changes.get(tile.id);
    if (!change) return tile;
    if (change.gone) return null;
    const seen = { ...tile };
    if (change.visibility !== undefined) seen.visibility = change.visibility;
    if (change.sensitive !== undefined) seen.sensitive = change.sensitive;
    if (change.favourite !== undefined) seen.favourite = change.favourite;
    if (change.rating !== undefined) seen.rating = change.rating;
    if (change.removed === true) seen.removed_at ??= tile.created_at;
    if (change.removed === false) seen.removed_at = null;
    return seen;
  }

  visibility(id: string): Visibility | undefined {
    return this.#changes.get(id)?.visibility;
  }

  sensitive(id: string): boolean | undefined {
    return this.#changes.get(id)?.sensitive;
  }

  favourite(id: string): boolean | undefined {
    return this.#changes.get(id)?.favourite;
  }

  rating(id: string): number | undefined {
    return this.#changes.get(id)?.rating;
  }

  /** Returns the images of which a part has an unconfirmed value. */
  wished(part: "visibility" | "sensitive" | "favourite" | "rating"): string[] {
    return [...this.#changes].flatMap(([id, change]) => (change[part] === undefined ? [] : [id]));
  }

  /** Returns the images that a view does not show any more. */
  hiddenFrom(view: View): string[] {
    const isFeed = view.view === "feed" || (view.view === "search" && view.within === "feed");
    const isTrash = view.view === "trash";
    const hidden: string[] = [];
    for (const [id, change] of this.#changes) {
      const leaves = isTrash ? change.removed === false : change.removed === true;
      if (change.gone || leaves || (isFeed && change.visibility === "unlisted")) hidden.push(id);
    }
    return hidden;
  }
}
