// Owns the layout of the list on screen. Keeps the last one,
// because that makes the next one faster. The result does not depend on it.
import type { ImageIndex } from "../state/image-index";
import { layoutGrid, type Layout, type LayoutOptions } from "./layout";

type LaidOut = { images: ImageIndex; layout: Layout };

export class Layouts {
  #last: LaidOut | null = null;
  #moved: { from: ImageIndex; to: ImageIndex; moves: Int32Array } | null = null;

  layOut(images: ImageIndex, options: LayoutOptions): Layout {
    const last = this.#last;
    const moves = last && last.images !== images ? this.movesBetween(last.images, images) : null;
    const start = performance.now();
    const layout = layoutGrid(images, options, last?.layout ?? null, moves);
    // Only the last measurement is kept, so that they do not pile up.
    performance.clearMeasures("layout");
    performance.measure("layout", { start });
    this.#last = { images, layout };
    return layout;
  }

  /** Returns the position in a later list for each position of a list. */
  movesBetween(from: ImageIndex, to: ImageIndex): Int32Array {
    const known = this.#moved;
    if (known && known.from === from && known.to === to) return known.moves;
    const moves = from.movesTo(to);
    this.#moved = { from, to, moves };
    return moves;
  }

  /** Releases the list before, which may take 31 MB. */
  forgetMoves(): void {
    this.#moved = null;
  }
}
