// Owns the originals that are decoded before anybody looks at them: a few, since
// each takes four bytes a pixel.
import { imageUrl } from "$ipc";

export class Ahead {
  readonly #pictures = new Map<string, HTMLImageElement>();

  /** Has these ready, and nothing else. */
  want(ids: readonly string[]): void {
    for (const [id, picture] of this.#pictures) {
      if (ids.includes(id)) continue;
      // What is still on its way is not wanted any more.
      if (!picture.complete) picture.src = "";
      this.#pictures.delete(id);
    }
    for (const id of ids) {
      if (this.#pictures.has(id)) continue;
      const picture = new Image();
      picture.src = imageUrl("original", id);
      this.#pictures.set(id, picture);
      picture.decode().catch(() => {
        // Who looks at it says that it cannot be shown.
      });
    }
  }
}
