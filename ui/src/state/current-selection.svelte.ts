// Owns which rows of the view on screen are selected, which one the keyboard is on, and so which
// images actions apply to: a closed stack stands for all its images.
import type { Tile } from "../ipc/bindings";
import type { Listing } from "./listing.svelte";
import type { PictureMode } from "./mode.svelte";
import { closed } from "./stacks";
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

  /** how many images are selected */
  readonly count = $derived.by(() => {
    const { count, marks } = this.selected;
    const { images } = this.#listing();
    if (count === 0 || images.all === images) return count;
    return images.marksOfAll(marks).reduce((sum, mark) => sum + mark, 0);
  });

  /** the image whose details are shown, if it is a single one */
  readonly subject = $derived.by((): Tile | null => {
    const { active, marks } = this.selected;
    if (this.#mode.viewing) return this.#listing().at(active) ?? null;
    return this.count === 1 ? (this.#listing().at(marks.indexOf(1)) ?? null) : null;
  });

  /** `listing` returns the one on screen. */
  constructor(listing: () => Listing, mode: PictureMode) {
    this.#listing = listing;
    this.#mode = mode;
    mode.viewed = () => this.#closeLookedInto();
  }

  /** Clears the selection when another list is shown. */
  begin(count: number): void {
    this.#awaitsAll = false;
    this.#lookedInto.clear();
    this.selected = nothingSelected(count);
  }

  /** Follows the list on screen; `moves` says where each position went. */
  follow(moves: Int32Array, count: number): void {
    this.selected = followList(this.selected, moves, count);
    if (this.#awaitsAll) this.chooseAll();
    const { comparison } = this.#mode;
    if (comparison && !comparison.follow(this.#listing().images.all)) this.#mode.leave("compare");
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
   * Returns the places, among all images of the view, of what an action applies to: the image in
   * the viewer, the active one of a comparison, or all that the selected rows stand for.
   */
  targetPlaces(): number[] {
    const { images } = this.#listing();
    const { comparison } = this.#mode;
    if (comparison) {
      const at = comparison.active === null ? -1 : images.all.indexOf(comparison.active);
      return at < 0 ? [] : [at];
    }
    if (this.#mode.viewing) return [images.placeOf(this.selected.active)];
    return selectedPositions({
      marks: images.marksOfAll(this.selected.marks),
      count: this.count,
    });
  }

  /** Returns the ids that an action applies to. */
  targets(): string[] {
    const { all } = this.#listing().images;
    return this.targetPlaces().map((at) => all.idAt(at));
  }

  /** Moves the viewer by one image, also through the images of stacks. */
  showNeighbour(by: 1 | -1): void {
    const listing = this.#listing();
    const at = this.selected.active + by;
    if (!this.#mode.viewing || at < 0 || at >= listing.images.count) return;
    const size = listing.images.stackSizeAt(at);
    // Walking back, one comes into a stack from its end.
    this.show(at, this.#lookInto(at) && by < 0 ? size - 1 : 0);
  }

  /** Opens an image in the viewer: that of a row, or one so many places behind it. */
  show(row: number, behind = 0): void {
    this.#lookInto(row);
    const at = row + behind;
    this.choose(at, "only");
    this.#listing().want(at - 2, at + 3);
    this.#mode.view();
  }

  /** the stacks that were opened only for the viewer */
  readonly #lookedInto = new Set<number>();

  /** Opens the stack of a row for the viewer. Returns whether it was closed. */
  #lookInto(row: number): boolean {
    const listing = this.#listing();
    const { images } = listing;
    if (images.roleAt(row) !== closed) return false;
    this.#lookedInto.add(images.stacks[row] ?? 0);
    return listing.openStack(row);
  }

  /** Closes the stacks that were opened for the viewer. */
  #closeLookedInto(): void {
    const numbers = [...this.#lookedInto];
    this.#lookedInto.clear();
    if (numbers.length > 0) this.#listing().closeStacks(numbers);
  }
}
