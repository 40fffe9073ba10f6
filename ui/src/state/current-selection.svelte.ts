// Owns which images of the view on screen are selected, which one the keyboard is
// on, and so which images actions apply to.
import type { Tile } from "../ipc/bindings";
import type { Listing } from "./listing.svelte";
import type { PictureMode } from "./mode.svelte";
import {
  followList,
  nothingSelected,
  selectedPositions,
  selectAt,
  selectAll,
  selectNone,
  selectThese,
  type Reach,
  type Selected,
} from "./selection";

export class CurrentSelection {
  readonly #listing: () => Listing;
  readonly #mode: PictureMode;
  /** all images were selected before all of them had arrived */
  #awaitsAll = false;

  selected = $state.raw<Selected>(nothingSelected());
  /** the image the keyboard is on */
  readonly active = $derived.by(() => this.#listing().at(this.selected.active));

  /** the image whose details are shown, if it is a single one */
  readonly subject = $derived.by((): Tile | null => {
    const { active, count, marks } = this.selected;
    if (this.#mode.viewing) return this.#listing().at(active) ?? null;
    return count === 1 ? (this.#listing().at(marks.indexOf(1)) ?? null) : null;
  });

  /** `listing` returns the one on screen. */
  constructor(listing: () => Listing, mode: PictureMode) {
    this.#listing = listing;
    this.#mode = mode;
  }

  /** Clears the selection when another list is shown. */
  begin(count: number): void {
    this.#awaitsAll = false;
    this.selected = nothingSelected(count);
  }

  /** Follows the list on screen; `moves` says where each position went. */
  follow(moves: Int32Array, count: number): void {
    this.selected = followList(this.selected, moves, count);
    if (this.#awaitsAll) this.chooseAll();
    const { comparison } = this.#mode;
    if (comparison && !comparison.follow(this.#listing().images)) this.#mode.leave("compare");
    if (!this.#mode.viewing) return;
    // The viewer continues with the next image, or closes after the last.
    if (this.selected.active >= 0) this.choose(this.selected.active, "only");
    else this.#mode.leave("view");
  }

  choose(at: number, reach: Reach): void {
    this.#awaitsAll = false;
    this.selected = selectAt(this.selected, at, reach);
  }

  /** Selects some positions, in addition to an earlier selection if one is given. */
  chooseThese(these: readonly number[], beside: Selected | null): void {
    this.#awaitsAll = false;
    this.selected = selectThese(these, this.#listing().images.count, beside);
  }

  /** Selects all images of the view, including those that have not arrived. */
  chooseAll(): void {
    this.selected = selectAll(this.selected);
    this.#awaitsAll = !this.#listing().complete;
  }

  chooseNone(): void {
    this.#awaitsAll = false;
    this.selected = selectNone(this.selected);
  }

  /** whether there are images that an action can apply to */
  get hasTargets(): boolean {
    return this.#mode.viewing || this.#mode.comparison !== null || this.selected.count > 0;
  }

  /**
   * Returns the positions of what an action applies to: the image in the viewer, the active
   * one of a comparison, or the selected ones.
   */
  targetPositions(): number[] {
    const { comparison } = this.#mode;
    if (comparison) {
      const at = comparison.active === null ? -1 : this.#listing().indexOf(comparison.active);
      return at < 0 ? [] : [at];
    }
    return this.#mode.viewing ? [this.selected.active] : selectedPositions(this.selected);
  }

  /** Returns the ids that an action applies to. */
  targets(): string[] {
    const { images } = this.#listing();
    return this.targetPositions().map((at) => images.idAt(at));
  }

  /** Moves the viewer by one image. */
  showNeighbour(by: 1 | -1): void {
    const at = this.selected.active + by;
    if (this.#mode.viewing && at >= 0 && at < this.#listing().images.count) this.show(at);
  }

  /** Opens an image in the viewer. */
  show(at: number): void {
    this.choose(at, "only");
    this.#listing().want(at - 2, at + 3);
    this.#mode.view();
  }
}
