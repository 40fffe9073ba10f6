// Owns the requests that start before the interface is loaded. When it can draw, the
// first page has arrived and its pictures are loading.
import { commands, events, imageUrl } from "$ipc";
import type { CatalogChanged, Page, Tile, View } from "../ipc/bindings";

export const PAGE = 200;

/** Pictures that fill a large screen at the usual size. */
const FIRST_PICTURES = 24;

export class Opening {
  /** Resolves once the window also listens to changes, so that no later one is missed. */
  readonly page: Promise<Page<Tile>>;
  readonly listening: Promise<unknown>;
  #hear: ((change: CatalogChanged) => void) | null = null;
  #early: CatalogChanged[] = [];

  constructor() {
    this.listening = events.catalogChanged.listen(({ payload }) => {
      if (this.#hear) this.#hear(payload);
      else this.#early.push(payload);
    });
    const view: View = { view: "history" };
    const asked = commands.listImages(view, { by: "made" }, { limit: PAGE, cursor: null });
    asked.then(take, () => {
      // The listing that shows the page reports the error.
    });
    const heard = this.listening.catch(() => undefined);
    this.page = Promise.all([asked, heard]).then(([page]) => page);
  }

  /** Passes on the changes of the catalog, including those from before. */
  hear(hear: (change: CatalogChanged) => void): void {
    this.#hear = hear;
    for (const change of this.#early.splice(0)) hear(change);
  }
}

function take({ page }: Page<Tile>): void {
  performance.mark("page");
  for (const { id } of page.slice(0, FIRST_PICTURES)) {
    new Image().src = imageUrl("thumbnail", id);
  }
}
