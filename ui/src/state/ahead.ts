// Owns the originals that are decoded before they are opened: only a few, because
// each takes four bytes a pixel.
import { imageUrl } from "$ipc";
import type { Tile } from "../ipc/bindings";

/** Larger ones, of which each would take more than 100 MB, are decoded when they are opened. */
const MOST_PIXELS = 26_000_000;

export class Ahead {
  readonly #pictures = new Map<string, HTMLImageElement>();

  /** Decodes these, and drops all others. */
  want(tiles: readonly Tile[]): void {
    const ids = tiles.flatMap(({ id, width, height }) =>
      width * height <= MOST_PIXELS ? [id] : [],
    );
    for (const [id, picture] of this.#pictures) {
      if (ids.includes(id)) continue;
      // Stops a download that is no longer wanted.
      if (!picture.complete) picture.src = "";
      this.#pictures.delete(id);
    }
    for (const id of ids) {
      if (this.#pictures.has(id)) continue;
      const picture = new Image();
      picture.src = imageUrl("original", id);
      this.#pictures.set(id, picture);
      picture.decode().catch(() => {
        // The viewer reports an image that cannot be shown.
      });
    }
  }
}
