// Owns the layout of the list on screen. Remembers the last one, only because
// laying out goes faster from it: the result does not depend on what came before.
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
    // Only the last one: they would pile up.
    performance.clearMeasures("layout");
    performance.measure("layout", { start });
    this.#last = { images, layout };
    return layout;
  }

  /** Returns where each position of a list is in a later one. */
  movesBetween(from: ImageIndex, to: ImageIndex): Int32Array {
    const known = this.#moved;
    if (known && known.from === from && known.to === to) return known.moves;
    const moves = from.movesTo(to);
    this.#moved = { from, to, moves };
    return moves;
  }

  /** Lets go of the list before, which may take 27 MB. */
  forgetMoves(): void {
    this.#moved = null;
  }
}
