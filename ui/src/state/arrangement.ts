// Owns how the artist orders the images of the collection on screen by hand.
import { gapBeside, movedTo } from "./arranging";
import type { CurrentSelection } from "./current-selection.svelte";
import type { DropTarget, Gap } from "./dragging";
import type { Library } from "./library.svelte";
import type { NamedSets } from "./named-sets";
import { selectedPositions } from "./selection";
import { imageKindOf } from "./sets";

export class Arrangement {
  readonly #library: Library;
  readonly #selection: CurrentSelection;
  readonly #collections: NamedSets;

  constructor(library: Library, selection: CurrentSelection, collections: NamedSets) {
    this.#library = library;
    this.#selection = selection;
    this.#collections = collections;
  }

  /** whether the images on screen are in an order that the artist can change */
  get isByHand(): boolean {
    const { listing, order } = this.#library;
    return listing.complete && order.by.by === "manual" && !order.reversed;
  }

  /** Returns what a drop of images of this library on the grid would do. */
  dropIn(ids: readonly string[], kind: string | null, gap: Gap | null): DropTarget | null {
    const { listing, set } = this.#library;
    if (gap === null || !set || imageKindOf[set.kind] !== kind) return null;
    const areHere = listing.images.all.positionsOf(ids).length === ids.length;
    if (!areHere) return { do: "join", set };
    return this.isByHand ? { do: "arrange", gap } : null;
  }

  /** Moves images of the collection together to a gap between those on screen. */
  async moveTo(ids: readonly string[], gap: number): Promise<void> {
    await this.#move(this.#library.listing.images.positionsOf(ids), gap);
  }

  /** Moves the selected images by one place. Returns where the keyboard is afterwards. */
  async moveBy(by: 1 | -1): Promise<number> {
    const { selected } = this.#selection;
    const positions = selectedPositions(selected);
    const gap = gapBeside(positions, by, this.#library.listing.images.count);
    if (gap !== null) await this.#move(positions, gap);
    return this.#selection.selected.active;
  }

  async #move(positions: readonly number[], gap: number): Promise<void> {
    const { listing, set } = this.#library;
    if (!this.isByHand || set === null || positions.length === 0) return;
    const { images } = listing;
    const order = Array.from({ length: images.count }, (_, at) => at);
    const after = movedTo(order, positions, gap);
    if (after.every((position, at) => position === at)) return;
    const isMoved = new Set(positions);
    const next = order.slice(gap).find((position) => !isMoved.has(position));
    const ids = positions.map((position) => images.idAt(position));
    await this.#collections.moveImages(set.id, ids, next === undefined ? null : images.idAt(next));
  }
}
