// Owns the layout of the list on screen. Keeps the last one,
// because that makes the next one faster. The result does not depend on it.
import type { ImageIndex } from "../state/image-index";
import type { MovedImages } from "../state/moved-images";
import { layoutGrid, type Layout, type LayoutOptions } from "./layout";

type LaidOut = { images: ImageIndex; layout: Layout };

export class Layouts {
  #last: LaidOut | null = null;

  layOut(images: ImageIndex, moved: MovedImages, options: LayoutOptions): Layout {
    const last = this.#last;
    const moves = last && last.images !== images ? moved.kept(last.images, images) : null;
    const start = performance.now();
    const layout = layoutGrid(images, options, last?.layout ?? null, moves);
    // Only the last measurement is kept, so that they do not pile up.
    performance.clearMeasures("layout");
    performance.measure("layout", { start });
    this.#last = { images, layout };
    return layout;
  }
}
