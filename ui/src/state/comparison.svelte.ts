// Owns a comparison: which images are side by side, which one is active, and the challengers that
// are still to come. Knows nothing of pixels.
import type { ImageIndex } from "./image-index";

/** The most images side by side. Of more, two are compared, and the winner meets the next one. */
const MOST_SIDES = 4;

/** What keeping one image led to: the next challenger, the end of the list, or it has won. */
export type Kept = "challenged" | "ended" | "won";

export class Comparison {
  shown = $state.raw<readonly string[]>([]);
  /** selected images that were not shown yet */
  waiting = $state.raw<readonly string[]>([]);
  /** the position of the active image among those shown */
  at = $state(0);
  /** the two images are drawn over each other, so that only what differs is bright */
  isDifference = $state(false);
  /** all challengers were selected; otherwise they follow in the list */
  readonly #isTournament: boolean;
  /** the images that were shown; the next one of the list comes after them */
  readonly #seen: Set<string>;

  readonly active = $derived.by(() => this.shown[this.at] ?? null);
  readonly canDiffer = $derived.by(() => this.shown.length === 2);

  constructor(ids: readonly string[]) {
    this.#isTournament = ids.length > MOST_SIDES;
    const sides = this.#isTournament ? 2 : ids.length;
    this.shown = ids.slice(0, sides);
    this.waiting = ids.slice(sides);
    this.#seen = new Set(ids);
  }

  /** Makes the neighbour of the active image active. */
  move(by: 1 | -1): void {
    this.at = Math.min(this.shown.length - 1, Math.max(0, this.at + by));
  }

  /** Reverses the sides. The active image stays the same. */
  swap(): void {
    this.shown = this.shown.toReversed();
    this.at = this.shown.length - 1 - this.at;
  }

  /** Keeps the active image, and shows the next challenger in place of the other. */
  keep(images: ImageIndex): Kept {
    const { active } = this;
    if (active === null) return "ended";
    const next = this.#next(images);
    if (next === null) return this.#isTournament ? "won" : "ended";
    const isFirst = this.at === 0;
    this.shown = isFirst ? [active, next] : [next, active];
    this.at = isFirst ? 0 : 1;
    return "challenged";
  }

  /**
   * Follows a list that changed: an image that is gone makes room for the next challenger.
   * Returns whether there is still something to compare.
   */
  follow(images: ImageIndex): boolean {
    const { active } = this;
    const isHere = (id: string) => images.indexOf(id) >= 0;
    const shown = this.shown.filter(isHere);
    this.waiting = this.waiting.filter(isHere);
    if (shown.length === this.shown.length) return shown.length > 1;
    const wasAt = this.at;
    while (shown.length < 2) {
      const next = this.#next(images);
      if (next === null) return false;
      // The challenger comes in on the side that became free.
      if (wasAt === 0 && shown[0] !== active) shown.unshift(next);
      else shown.push(next);
    }
    this.shown = shown;
    const stays = active !== null && shown.includes(active);
    this.at = stays ? shown.indexOf(active) : Math.min(wasAt, shown.length - 1);
    this.isDifference &&= shown.length === 2;
    return true;
  }

  #next(images: ImageIndex): string | null {
    const [next] = this.waiting;
    if (next !== undefined) {
      this.waiting = this.waiting.slice(1);
      return next;
    }
    if (this.#isTournament) return null;
    const at = Math.max(-1, ...images.positionsOf(this.#seen)) + 1;
    if (at >= images.count) return null;
    const id = images.idAt(at);
    this.#seen.add(id);
    return id;
  }
}
