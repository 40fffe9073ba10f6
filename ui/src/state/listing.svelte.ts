// Owns the images of one view that are loaded so far, and how changes of the
// catalog enter them. Knows nothing of pixels or of the selection.
import { commands } from "$ipc";
import type { CatalogChanged, Page, Tile, View } from "../ipc/bindings";
import { PAGE } from "./opening";
import type { Overlay } from "./overlay.svelte";
import { compareIn, mayShow } from "./views";

export class Listing {
  readonly view: View;
  readonly #overlay: Overlay;

  /** what the catalog said, in the order of the view */
  #known = $state.raw<Tile[]>([]);
  #cursor: string | null = null;
  #generation = 0;
  #changes: Promise<void> = Promise.resolve();
  #page: Promise<void> | null = null;

  /** the first page has arrived */
  ready = $state(false);
  /** the last page has arrived */
  complete = $state(false);
  loading = $state(false);
  error = $state.raw<unknown>(null);
  /** whether the reader is at the newest image; set by the grid */
  atTop = $state(true);
  /** images that appeared above while the reader was further down */
  unseen = $state(0);

  /** what is shown */
  readonly tiles = $derived.by(() => this.#seen());
  readonly #positions = $derived(new Map(this.tiles.map((tile, index) => [tile.id, index])));

  constructor(view: View, overlay: Overlay) {
    this.view = view;
    this.#overlay = overlay;
  }

  #seen(): Tile[] {
    if (this.#overlay.empty) return this.#known;
    const seen: Tile[] = [];
    for (const tile of this.#known) {
      const now = this.#overlay.see(tile);
      if (now && mayShow(this.view, now)) seen.push(now);
    }
    return seen;
  }

  indexOf(id: string): number {
    return this.#positions.get(id) ?? -1;
  }

  get(id: string): Tile | undefined {
    return this.tiles[this.indexOf(id)];
  }

  /** Loads the next page; does nothing while one is on its way. */
  more(first?: Promise<Page<Tile>>): Promise<void> {
    if (this.complete) return Promise.resolve();
    this.#page ??= this.#loadPage(first).finally(() => (this.#page = null));
    return this.#page;
  }

  async #loadPage(first?: Promise<Page<Tile>>): Promise<void> {
    const generation = this.#generation;
    this.loading = true;
    this.error = null;
    try {
      const page = await (first ??
        commands.listImages(this.view, { limit: PAGE, cursor: this.#cursor }));
      if (generation !== this.#generation) return;
      const have = new Set(this.#known.map((tile) => tile.id));
      this.#known = [...this.#known, ...page.page.filter((tile) => !have.has(tile.id))];
      this.#endOfPage(page);
    } catch (error) {
      if (generation === this.#generation) this.error = error;
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  #endOfPage(page: Page<Tile>): void {
    this.#cursor = page.continue_cursor;
    this.complete = page.is_done || page.continue_cursor === null;
    this.ready = true;
  }

  /** Loads on until an image is here; false when the view does not hold it. */
  async find(id: string): Promise<boolean> {
    while (this.indexOf(id) < 0 && !this.complete) {
      await this.more();
      if (this.error !== null) return false;
    }
    return this.indexOf(id) >= 0;
  }

  async loadAll(): Promise<void> {
    while (!this.complete && this.error === null) await this.more();
  }

  /** Fetches again as much as is loaded, and swaps it in at once. */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#reload());
  }

  async #reload(): Promise<void> {
    const generation = ++this.#generation;
    this.#page = null;
    const wanted = Math.max(PAGE, this.#known.length);
    const tiles: Tile[] = [];
    let page: Page<Tile> | null = null;
    this.loading = true;
    this.error = null;
    try {
      do {
        page = await commands.listImages(this.view, {
          limit: PAGE,
          cursor: page?.continue_cursor ?? null,
        });
        if (generation !== this.#generation) return;
        tiles.push(...page.page);
      } while (tiles.length < wanted && !page.is_done && page.continue_cursor !== null);
      this.#countUnseen(tiles);
      this.#known = tiles;
      this.#endOfPage(page);
    } catch (error) {
      if (generation === this.#generation) this.error = error;
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  /** Takes a change of the catalog in; changes apply one after the other. */
  apply(change: CatalogChanged): Promise<void> {
    return this.#inTurn(() => this.#apply(change).catch(() => this.#reload()));
  }

  /** What the catalog answers is taken in one by one, so the newest word is the last. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#changes = this.#changes.then(act);
    return this.#changes;
  }

  async #apply(change: CatalogChanged): Promise<void> {
    // A page on its way may be older than the change.
    await this.#page;
    if (!this.ready) return;
    const asked = [...new Set([...change.added, ...change.changed])];
    // An image that just went to the trash is "removed" to all other views.
    if (this.view.view === "trash") asked.push(...change.removed);
    if (change.reload || asked.length > PAGE) return this.#reload();
    const found = asked.length > 0 ? await commands.getTiles(asked) : [];
    const known = new Set(this.#known.map((tile) => tile.id));
    if (this.#needsMembers(found)) return this.#reload();
    this.#merge(asked, found, change.removed, known);
  }

  /** A tile does not say in which galleries it is, nor what finds it. */
  #needsMembers(found: readonly Tile[]): boolean {
    if (this.view.view === "search") return found.some((tile) => tile.kind === "generated");
    if (this.view.view !== "references" || this.view.gallery === null) return false;
    return found.some((tile) => mayShow(this.view, tile));
  }

  #merge(
    asked: readonly string[],
    found: readonly Tile[],
    removed: readonly string[],
    known: ReadonlySet<string>,
  ): void {
    const touched = new Set([...asked, ...removed]);
    const kept = this.#known.filter((tile) => !touched.has(tile.id));
    const compare = compareIn(this.view);
    const oldest = kept.at(-1);
    const incoming = found.filter(
      (tile) =>
        mayShow(this.view, tile) &&
        // What lies beyond the loaded pages comes with its page.
        (this.complete || known.has(tile.id) || (oldest && compare(tile, oldest) < 0)),
    );
    if (incoming.length === 0 && kept.length === this.#known.length) return;
    const next = [...kept, ...incoming].sort(compare);
    this.#countUnseen(next);
    this.#known = next;
  }

  #countUnseen(next: readonly Tile[]): void {
    if (this.atTop || !this.ready) return;
    const known = new Set(this.#known.map((tile) => tile.id));
    const firstKnown = next.findIndex((tile) => known.has(tile.id));
    if (firstKnown > 0) this.unseen += firstKnown;
  }

  seenTop(): void {
    this.unseen = 0;
  }
}
