// Owns the images of one view: all of them as a packed list, and more of those
// near the screen; which of them are stacked; and how changes of the catalog enter them. Knows
// nothing of pixels or of the selection.
import { commands, viewIndex } from "$ipc";
import type { CatalogChanged, OrderBy, Page, Tile, View, Visibility } from "../ipc/bindings";
import { ImageIndex } from "./image-index";
import { closed, single } from "./stacks";
import { PAGE } from "./opening";
import { compareIn, isSameBy, sortingOf, usualOrder, type ListOrder } from "./orders";
import { MovedImages } from "./moved-images";
import type { Overlay } from "./overlay.svelte";
import { TileCache } from "./tile-cache.svelte";
import { mayShow, setOf } from "./views";

/** If more images than this change, the whole list is read again. */
const MOST_CHANGES = 1000;

/** Called when the list changed, with the new position of each image and their number. */
export type Moved = (moves: Int32Array, size: number) => void;

export class Listing {
  readonly view: View;
  readonly #overlay: Overlay;
  readonly #tiles = new TileCache();

  /** the images in the order of the catalog */
  #known = ImageIndex.empty;
  /** the same in reverse order, made when it is needed */
  #turned: ImageIndex | null = null;
  #first: Promise<void> | null = null;
  #changes: Promise<void> = Promise.resolve();
  #reloads = 0;
  moved: Moved = () => undefined;

  /** the images that are shown; a row may be a stack, and `images.all` has every image */
  images = $state.raw<ImageIndex>(ImageIndex.empty);
  /** where the images of the list before are now; the grid asks last, and releases that list */
  readonly wentTo = new MovedImages();
  /** grows when only the flags of images changed, such as their visibility */
  #flagged = $state(0);
  /** the first page has arrived */
  ready = $state(false);
  /** all of it has arrived */
  complete = $state(false);
  loading = $state(false);
  /** files whose entries in the catalog cannot be read */
  damaged = $state.raw<readonly string[]>([]);
  error = $state.raw<unknown>(null);
  /** whether the reader is at the newest image; set by the grid */
  atTop = $state(true);
  /** images that appeared above while the reader was further down */
  unseen = $state(0);

  /** what the artist wants; the images are in it once they were read in it */
  #order: ListOrder;
  /** what orders the images of the catalog as they were read */
  #knownBy: OrderBy;

  /** variations are shown as one row, unless their stack is open */
  #isStacked = false;
  /** the numbers of the open stacks */
  #opened: ReadonlySet<number> = new Set();

  constructor(view: View, overlay: Overlay, order: ListOrder = usualOrder(view)) {
    this.view = view;
    this.#overlay = overlay;
    this.#order = order;
    this.#knownBy = order.by;
  }

  /** Shows the images in another order. The former stays until all of it was read. */
  set order(order: ListOrder) {
    const { by, reversed } = this.#order;
    this.#order = order;
    if (!isSameBy(by, order.by)) void this.reload();
    else if (reversed !== order.reversed) this.refresh();
  }

  /** The images of the catalog, in the direction that is shown. */
  #ordered(): ImageIndex {
    if (!this.#order.reversed) return this.#known;
    // The last are known only with all of them.
    return this.complete ? (this.#turned ??= this.#known.turned()) : ImageIndex.empty;
  }

  /** Shows variations as stacks, which are closed at first, or each image by itself. */
  set stacked(isStacked: boolean) {
    if (this.#isStacked === isStacked) return;
    this.#isStacked = isStacked;
    this.#open(new Set());
  }

  #open(opened: ReadonlySet<number>): void {
    this.#opened = opened;
    this.#stackedOf = null;
    this.refresh();
  }

  /** Opens the stack of a row, if it has one. Returns whether it was closed. */
  openStack(row: number): boolean {
    const { images } = this;
    if (images.roleAt(row) !== closed) return false;
    this.#open(new Set(this.#opened).add(images.stacks[row] ?? 0));
    return true;
  }

  /** Closes stacks, by their numbers. */
  closeStacks(numbers: Iterable<number>): void {
    const left = new Set(this.#opened);
    for (const number of numbers) left.delete(number);
    if (left.size < this.#opened.size) this.#open(left);
  }

  /** Opens or closes the stack of a row. Returns the row of its cover; -1 if it has no stack. */
  toggleStack(row: number): number {
    const { images } = this;
    if (images.roleAt(row) === single) return -1;
    const id = images.idAt(row);
    if (!this.openStack(row)) this.closeStacks([images.stacks[row] ?? 0]);
    // The cover stays where it is, so the image is there or behind it.
    return this.rowOf(id);
  }

  /** the list with all images that `images` was made from, as long as that is up to date */
  #stackedOf: ImageIndex | null = null;

  /** Returns a list with its stacks, or the list on screen if that was made from it. */
  #stackedUp(all: ImageIndex): ImageIndex {
    if (!this.#isStacked) return all;
    if (this.#stackedOf === all) {
      this.images.readFlags();
      return this.images;
    }
    this.#stackedOf = all;
    return all.stackedUp(this.#opened);
  }

  /** Updates the shown images from those of the catalog and unconfirmed changes. */
  refresh(): void {
    const known = this.#ordered();
    const all = known.without(known.positionsOf(this.#overlay.hiddenFrom(this.view)));
    const next = this.#stackedUp(all);
    const before = this.images;
    if (next === before) return;
    if (next.sameRows(before)) {
      // The list on screen stays, which was made from another one.
      this.#stackedOf = before.all;
      if (next.sameFlags(before)) return;
      before.takeFlags(next);
      this.#flagged++;
      return;
    }
    const moves = this.wentTo.kept(before.all, all);
    // The selection follows a picture whose place changed.
    const wentTo = this.wentTo.all(before.all, all);
    const above = moves.find((to) => to >= 0) ?? 0;
    const knownAbove = wentTo.reduce((sum, to) => sum + (to >= 0 && to < above ? 1 : 0), 0);
    const isSameOrder = next.isOrderedAs(before);
    if (!this.atTop && this.ready && isSameOrder) this.unseen += above - knownAbove;
    this.images = next;
    this.moved(before.rowsTo(next, wentTo), next.count);
  }

  #show(known: ImageIndex): void {
    if (known !== this.#known) this.#turned = null;
    this.#known = known;
    this.refresh();
  }

  indexOf(id: string): number {
    return this.images.indexOf(id);
  }

  /** Returns the row of an image, or that of its cover; -1 if it is not here. */
  rowOf(id: string): number {
    const place = this.images.all.indexOf(id);
    return place < 0 ? -1 : this.images.rowOf(place);
  }

  /** Returns the ids of the images that a row stands for. */
  idsAt(row: number): string[] {
    const { images } = this;
    if (images.roleAt(row) !== closed) return [images.idAt(row)];
    const { all } = images;
    const number = images.stacks[row];
    const ids: string[] = [];
    all.stacks.forEach((other, place) => {
      if (other === number) ids.push(all.idAt(place));
    });
    return ids;
  }

  /** Returns the ids of the images that the row of an image stands for, or its own. */
  idsOf(id: string): string[] {
    const row = this.indexOf(id);
    return row < 0 ? [id] : this.idsAt(row);
  }

  /** Returns the tile at a position; `undefined` until it is read. */
  at(position: number): Tile | undefined {
    if (position < 0 || position >= this.images.count) return undefined;
    return this.get(this.images.idAt(position));
  }

  get(id: string): Tile | undefined {
    const tile = this.#tiles.get(id);
    return tile && (this.#overlay.see(tile) ?? undefined);
  }

  /**
   * Returns the visibility of the image at a position of those that are shown, or of `images`; null
   * for references.
   */
  visibilityAt(position: number, images = this.images): Visibility | null {
    void this.#flagged;
    const isPublic = images.isPublic(position);
    if (isPublic === null) return null;
    const wished = this.#overlay.visibility(images.idAt(position));
    return wished ?? (isPublic ? "public" : "unlisted");
  }

  /** Returns those of some images that are public or unlisted: not the references. */
  withVisibility(ids: readonly string[]): string[] {
    const { all } = this.images;
    return all
      .positionsOf(ids)
      .filter((at) => all.isPublic(at) !== null)
      .map((at) => all.idAt(at));
  }

  /** Returns what the marked rows stand for, as marks of the list with all images. */
  #allMarked(rows: Uint8Array): { images: ImageIndex; marks: Uint8Array } {
    return { images: this.images.all, marks: this.images.marksOfAll(rows) };
  }

  /**
   * Returns how many of the images that the marked rows stand for are public and unlisted: 3 ms
   * for a million.
   */
  visibilitiesOf(rows: Uint8Array): Record<Visibility, number> {
    void this.#flagged;
    const { images, marks } = this.#allMarked(rows);
    const counts = { public: 0, unlisted: 0 };
    const count = (isPublic: boolean | null, by: number) => {
      if (isPublic !== null) counts[isPublic ? "public" : "unlisted"] += by;
    };
    for (let at = 0; at < images.count; at++) if (marks[at] === 1) count(images.isPublic(at), 1);
    for (const at of images.positionsOf(this.#overlay.wished("visibility"))) {
      if (marks[at] !== 1) continue;
      count(images.isPublic(at), -1);
      const visibility = this.visibilityAt(at, images);
      if (visibility !== null) counts[visibility]++;
    }
    return counts;
  }

  /** Returns whether the image at a position is sensitive. */
  sensitiveAt(position: number, images = this.images): boolean {
    void this.#flagged;
    const wished = this.#overlay.sensitive(images.idAt(position));
    return wished ?? images.isSensitive(position);
  }

  /** Returns how many of the marked images are sensitive, and how many could be but are not. */
  sensitiveOf(rows: Uint8Array): { sensitive: number; others: number } {
    void this.#flagged;
    const { images, marks } = this.#allMarked(rows);
    const counts = { sensitive: 0, others: 0 };
    const count = (at: number, sensitive: boolean, by: number) => {
      if (images.kindAt(at) === "generated") counts[sensitive ? "sensitive" : "others"] += by;
    };
    for (let at = 0; at < images.count; at++) {
      if (marks[at] === 1) count(at, images.isSensitive(at), 1);
    }
    for (const at of images.positionsOf(this.#overlay.wished("sensitive"))) {
      if (marks[at] !== 1) continue;
      count(at, images.isSensitive(at), -1);
      count(at, this.sensitiveAt(at, images), 1);
    }
    return counts;
  }

  /** Returns whether the image at a position is a favourite. */
  favouriteAt(position: number, images = this.images): boolean {
    void this.#flagged;
    const wished = this.#overlay.favourite(images.idAt(position));
    return wished ?? images.isFavourite(position);
  }

  /** Returns the rating of the image at a position, 0 to 5 stars. */
  ratingAt(position: number, images = this.images): number {
    void this.#flagged;
    const wished = this.#overlay.rating(images.idAt(position));
    return wished ?? images.ratingAt(position);
  }

  /** Returns how many of the marked images are favourites, and have each number of stars. */
  choicesOf(rows: Uint8Array): { favourites: number; stars: number[] } {
    void this.#flagged;
    const { images, marks } = this.#allMarked(rows);
    const counts = { favourites: 0, stars: [0, 0, 0, 0, 0, 0] };
    const count = (rating: number, isFavourite: boolean, by: number) => {
      counts.stars[rating] = (counts.stars[rating] ?? 0) + by;
      if (isFavourite) counts.favourites += by;
    };
    for (let at = 0; at < images.count; at++) {
      if (marks[at] === 1) count(images.ratingAt(at), images.isFavourite(at), 1);
    }
    const wished = [...this.#overlay.wished("rating"), ...this.#overlay.wished("favourite")];
    for (const at of images.positionsOf(new Set(wished))) {
      if (marks[at] !== 1) continue;
      count(images.ratingAt(at), images.isFavourite(at), -1);
      count(this.ratingAt(at, images), this.favouriteAt(at, images), 1);
    }
    return counts;
  }

  /** Grows when the tiles may be out of date and should be read again. */
  get doubts(): number {
    return this.#tiles.doubts;
  }

  /** Reads the tiles between two positions. */
  want(from: number, to: number): void {
    const ids: string[] = [];
    for (let at = Math.max(0, from); at < Math.min(to, this.images.count); at++) {
      ids.push(this.images.idAt(at));
    }
    void this.#tiles.want(ids);
  }

  /** Starts or continues to read the view. Returns once the first page has arrived. */
  open(first?: Promise<Page<Tile>>): Promise<void> {
    if (this.#first === null || this.error !== null) {
      const page = this.#readPage(first);
      this.#first = page;
      void this.#inTurn(() => page);
    }
    if (!this.complete) void this.#inTurn(() => this.#readRest());
    return this.#first;
  }

  async #readPage(first?: Promise<Page<Tile>>): Promise<void> {
    this.loading = true;
    this.error = null;
    const { by } = this.#order;
    try {
      // The first page was requested before everything else.
      const asked = first ? 0 : this.#tiles.ticket();
      const { page, is_done, damaged } = await (first ??
        commands.listImages(this.view, by, { limit: PAGE, cursor: null }));
      this.damaged = damaged ?? [];
      this.#tiles.put(page, asked);
      // A page that was requested before the window listened to changes may be out of date.
      this.complete = is_done && !first;
      this.#knownBy = by;
      this.#show(ImageIndex.fromTiles(this.view, page, by));
      this.ready = true;
    } catch (error) {
      this.error = error;
    } finally {
      this.loading = false;
    }
  }

  async #readRest(): Promise<void> {
    if (this.complete || this.error !== null) return;
    await this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.loading = true;
    this.error = null;
    const { by } = this.#order;
    try {
      const bytes = await viewIndex(this.view, by);
      // Another view was opened; this one continues when it is opened again.
      if (bytes.byteLength === 0) {
        this.complete = false;
        return;
      }
      this.#tiles.doubt();
      const all = ImageIndex.decode(bytes, sortingOf(this.view, by));
      this.#knownBy = by;
      this.complete = true;
      this.#show(all);
      this.ready = true;
    } catch (error) {
      this.error = error;
    } finally {
      this.loading = false;
    }
  }

  /** Waits until all images are known. */
  async whole(): Promise<void> {
    await this.open();
    await this.#changes;
  }

  /** Returns where an image is, once all are known; -1 when it is not here. Opens its stack. */
  async find(id: string): Promise<number> {
    await this.open();
    if (this.rowOf(id) < 0) await this.whole();
    this.openStack(this.rowOf(id));
    return this.indexOf(id);
  }

  /** Reads all of it again, and swaps it in at once. */
  reload(): Promise<void> {
    // A reload that did not start yet reads the same as this one would.
    if (this.#reloads > 0) return this.#changes;
    this.#reloads++;
    return this.#inTurn(() => {
      this.#reloads--;
      return this.#readAll();
    });
  }

  /** Applies a change of the catalog, after those before it. */
  apply(change: CatalogChanged): Promise<void> {
    return this.#inTurn(() => this.#apply(change).catch(() => this.#readAll()));
  }

  /** Applies the answers of the catalog one by one, so that the newest is the last. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#changes = this.#changes.then(act);
    return this.#changes;
  }

  async #apply(change: CatalogChanged): Promise<void> {
    if (!this.ready) return;
    const asked = [...new Set([...change.added, ...change.changed])];
    // An image that just went to the trash is "removed" to all other views.
    if (this.view.view === "trash") asked.push(...change.removed);
    // A list that is not complete is read again in any case.
    if (change.reload || asked.length > MOST_CHANGES || !this.complete) return this.#readAll();
    const ticket = this.#tiles.ticket();
    const found = asked.length > 0 ? await commands.getTiles(asked) : [];
    this.#tiles.put(found, ticket);
    if (this.#needsMembers(found)) return this.#readAll();
    return this.#merge([...asked, ...change.removed], found);
  }

  /** A tile has neither its galleries and collections nor the searches that find it. */
  #needsMembers(found: readonly Tile[]): boolean {
    if (this.view.view === "search") return found.some((tile) => tile.kind === "generated");
    return setOf(this.view) !== null && found.some((tile) => mayShow(this.view, tile));
  }

  async #merge(touched: readonly string[], found: readonly Tile[]): Promise<void> {
    const { view } = this;
    const by = this.#knownBy;
    const shown = found.filter((tile) => mayShow(view, tile)).sort(compareIn(view, by));
    const coming = ImageIndex.fromTiles(view, shown, by);
    const isSameCount = coming.count === new Set(touched).size;
    if (isSameCount && this.#stay(coming)) return;
    const known = this.#known;
    const positions = known.positionsOf(touched);
    const stacks = new Map(shown.map(({ id, stack }) => [id, stack]));
    const isInSameStack = (at: number) =>
      (stacks.get(known.idAt(at)) ?? known.stacks[at]) === known.stacks[at];
    // Only the catalog knows where these come in, and which stacks an image made one.
    const isPlaced = coming.sorting.hasValues || coming.count === 0;
    if (!isPlaced || !positions.every(isInSameStack)) return this.#readAll();
    const left = known.without(positions);
    this.#show(left.with(coming));
  }

  /** Updates the flags of images whose positions stay the same; false if any moves. */
  #stay(coming: ImageIndex): boolean {
    const known = this.#known;
    const positions = coming.sorting.hasValues
      ? Array.from(coming.moments, (_, at) => known.positionOf(coming, at))
      : // Places that are no values change only together with the whole list.
        known.positionsOfEach(coming);
    if (positions.includes(-1)) return false;
    const { flags, stacks } = known;
    if (positions.some((position, at) => stacks[position] !== coming.stacks[at])) return false;
    // For a change of this window, they were already read when the command ended.
    if (positions.every((position, at) => flags[position] === coming.flags[at])) return true;
    positions.forEach((position, at) => (flags[position] = coming.flags[at] ?? 0));
    this.#turned = null;
    this.refresh();
    this.#flagged++;
    return true;
  }

  seenTop(): void {
    this.unseen = 0;
  }
}
