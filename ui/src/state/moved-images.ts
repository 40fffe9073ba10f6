// Owns where the images of a list went in the list after it. Keeps the last answers, because the
// selection, the layout and the place of the reader ask for the same.
import type { ImageIndex } from "./image-index";

/** What is known of two lists. */
type Known = { from: ImageIndex; to: ImageIndex; kept: Int32Array; all: Int32Array | null };

export class MovedImages {
  /** of the rows, and of all images if the rows are stacked */
  #known: readonly Known[] = [];

  #between(from: ImageIndex, to: ImageIndex): Known {
    const same = this.#known.find((known) => known.from === from && known.to === to);
    if (same) return same;
    const known = { from, to, kept: from.movesTo(to), all: null };
    this.#known = [known, ...this.#known.slice(0, 1)];
    return known;
  }

  /**
   * Returns the position of each row in a later list; -1 if it is gone, or if its order among the
   * others changed.
   */
  kept(from: ImageIndex, to: ImageIndex): Int32Array {
    return this.#between(from, to).kept;
  }

  /** Returns the row of each image in a later list, or that of its cover; -1 if it is gone. */
  all(from: ImageIndex, to: ImageIndex): Int32Array {
    if (from.all !== from || to.all !== to) return from.rowsTo(to, this.all(from.all, to.all));
    const known = this.#between(from, to);
    return (known.all ??= from.withMoved(to, known.kept));
  }

  /** Releases the lists, each of which may take 31 MB. */
  forget(): void {
    this.#known = [];
  }
}
