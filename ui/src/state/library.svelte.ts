// Owns the view on screen, the lists that are loaded, and the counts in the
// sidebar. Applies changes of the catalog to them.
import { commands } from "$ipc";
import type {
  Bootstrap,
  CatalogChanged,
  Collection,
  Counts,
  Failure,
  Gallery,
  Page,
  Tile,
  View,
} from "../ipc/bindings";
import { coalesce } from "../shared/coalesce";
import { CurrentSelection } from "./current-selection.svelte";
import { saveLastPlace, type LastPlace, type ScrollAnchor } from "./last-place";
import { Listing } from "./listing.svelte";
import type { PictureMode } from "./mode.svelte";
import type { Outcomes } from "./outcomes";
import type { ListOrder } from "./orders";
import { Overlay } from "./overlay.svelte";
import { OwnChanges, readAgain, type ChangeKind } from "./own-changes";
import type { Setup } from "./setup.svelte";
import { findSet, type NamedSet, type SetKind, type SetRef } from "./sets";
import { ViewOrders } from "./view-orders.svelte";
import { canStack, ViewStacks } from "./view-stacks.svelte";
import { setOf, viewKey, viewOfSet, viewTitle } from "./views";

export class Library {
  readonly overlay = new Overlay();
  readonly selection: CurrentSelection;
  readonly #mode: PictureMode;
  readonly #setup: Setup;
  readonly #orders = new ViewOrders();
  readonly #stacks = new ViewStacks();
  readonly #listings = new Map<string, Listing>();
  readonly #stale = new Set<string>();
  readonly #places = new Map<string, ScrollAnchor>();
  readonly #ownChanges = new OwnChanges();
  #arriving: Listing | null = null;

  counts = $state.raw<Counts | null>(null);
  galleries = $state.raw<Gallery[]>([]);
  collections = $state.raw<Collection[]>([]);
  /** the library could not be opened */
  failure = $state.raw<unknown>(null);

  listing = $state.raw<Listing>(this.#fresh({ view: "history" }));
  /** grows with every change of the catalog, so that details are read again */
  revision = $state(0);

  readonly view = $derived(this.listing.view);
  /** the gallery or collection on screen, if it is one */
  readonly set = $derived(setOf(this.view));
  readonly title = $derived(viewTitle(this.view, this));

  /** the order that the artist wants for the view on screen */
  readonly order = $derived.by(() => this.#orders.of(this.view));

  /** whether the view on screen can show variations as stacks, and whether it does */
  readonly canStack = $derived.by(() => canStack(this.view, this.order));
  readonly isStacked = $derived.by(() => this.canStack && this.#stacks.in(this.view));

  /** how many images the view on screen has, once that is known */
  readonly shownCount = $derived.by((): number | undefined => {
    const { counts, listing, set, view } = this;
    if (listing.complete) return listing.images.all.count;
    if (set) return findSet(this, set)?.images;
    return view.view === "search" || view.view === "collection" ? undefined : counts?.[view.view];
  });

  constructor(setup: Setup, mode: PictureMode) {
    this.#setup = setup;
    this.#mode = mode;
    this.selection = new CurrentSelection(() => this.listing, mode);
    this.overlay.changed = () => this.listing.refresh();
    this.#follow(this.listing);
  }

  /** Shows a list, with nothing selected in it. */
  #present(listing: Listing): void {
    this.listing.moved = () => undefined;
    this.#mode.reset({ canPick: listing.view.view === "references" });
    listing.refresh();
    this.selection.begin(listing.images.count);
    this.listing = listing;
    this.#follow(listing);
  }

  #follow(listing: Listing): void {
    listing.moved = (moves, count) => this.selection.follow(moves, count);
  }

  /** Requests what the first screen needs, unless it was requested already. */
  async start(page?: Promise<Page<Tile>>): Promise<Bootstrap | null> {
    void this.listing.open(page);
    try {
      const bootstrap = await commands.bootstrap();
      this.#take(bootstrap);
      return bootstrap;
    } catch (error) {
      this.failure = error;
      return null;
    }
  }

  /** Shows that the catalog was found damaged. */
  isDamaged(): void {
    this.#mode.leave("view");
    this.failure = { code: "CatalogDamaged", message: "" } satisfies Failure;
  }

  #take(bootstrap: Bootstrap): void {
    this.failure = null;
    this.counts = bootstrap.counts;
    this.galleries = bootstrap.galleries;
    this.collections = bootstrap.collections;
    this.#setup.take(bootstrap);
  }

  /** Shows the library of another profile. */
  replace(bootstrap: Bootstrap): void {
    this.#listings.clear();
    this.#stale.clear();
    this.#places.clear();
    this.#ownChanges.clear();
    this.overlay.clear();
    this.#take(bootstrap);
    this.#present(this.#fresh({ view: "history" }));
    void this.listing.open();
  }

  #fresh(view: View): Listing {
    const listing = this.#listingOf(view);
    this.#listings.set(viewKey(view), listing);
    return listing;
  }

  /** Returns an empty list of a view, in the order and with the stacks that were chosen for it. */
  #listingOf(view: View): Listing {
    const order = this.#orders.of(view);
    const listing = new Listing(view, this.overlay, order);
    listing.stacked = canStack(view, order) && this.#stacks.in(view);
    return listing;
  }

  /** Shows the view on screen in another order, also when it is opened again. */
  sort(order: ListOrder): void {
    this.#orders.choose(this.view, order);
    for (const listing of [this.listing, this.#arriving]) {
      if (listing) listing.order = this.#orders.of(listing.view);
    }
    this.#stack();
  }

  /** Shows variations as stacks, or each image by itself, also when the view is opened again. */
  stack(isStacked: boolean): void {
    this.#stacks.choose(this.view, isStacked);
    this.#stack();
  }

  #stack(): void {
    for (const listing of [this.listing, this.#arriving]) {
      if (!listing) continue;
      const { view } = listing;
      listing.stacked = canStack(view, this.#orders.of(view)) && this.#stacks.in(view);
    }
  }

  /** the results of a search are loading */
  get isArriving(): boolean {
    return this.#arriving !== null;
  }

  /** Shows the results of a search once their first page has arrived. */
  async showSearch(view: View): Promise<void> {
    // Lists of searches are not kept: every typed letter makes one.
    const listing = this.#listingOf(view);
    this.#arriving = listing;
    await listing.open();
    if (this.#arriving !== listing) return;
    this.#arriving = null;
    this.#present(listing);
  }

  open(view: View): void {
    this.#arriving = null;
    const key = viewKey(view);
    if (key === viewKey(this.view)) return;
    const before = this.#listings.get(key);
    // A feed that may have changed is always read again.
    const reuse = before && !(this.#stale.has(key) && view.view === "feed") ? before : null;
    const listing = reuse ?? this.#fresh(view);
    this.#present(listing);
    void listing.open();
    if (reuse && this.#stale.has(key)) void listing.reload();
    this.#stale.delete(key);
  }

  /** Remembers which image is at the top of the view on screen. */
  keepPlace(view: View, place: ScrollAnchor | null): void {
    if (view.view === "search") return;
    if (place === null) this.#places.delete(viewKey(view));
    else this.#places.set(viewKey(view), place);
    saveLastPlace({ view, place });
  }

  /** Opens the view that was open when the window was closed, if it still exists. */
  resumeLastView({ view }: LastPlace): void {
    const set = setOf(view);
    if (set && !findSet(this, set)) return;
    this.open(view);
  }

  /** Remembers the place in a view that is not shown yet. */
  rememberPlace({ view, place }: LastPlace): void {
    if (place) this.#places.set(viewKey(view), place);
  }

  placeIn(view: View): ScrollAnchor | null {
    return this.#places.get(viewKey(view)) ?? null;
  }

  /** Applies a change that the host reports, unless this window made it and reads it anyway. */
  hear(change: CatalogChanged): void {
    if (!this.#ownChanges.covers(change)) void this.apply(change);
  }

  /** Runs a command that changes images, and shows what it changed. Its event is not read again. */
  async changeImages(
    kind: ChangeKind,
    ids: readonly string[],
    command: () => Promise<Outcomes>,
  ): Promise<Outcomes> {
    const answered = this.#ownChanges.begin(kind, ids);
    const outcomes = await command().catch((error: unknown) => {
      for (const change of answered([])) void this.apply(change);
      throw error;
    });
    const { done } = outcomes;
    for (const change of answered(done)) void this.apply(change);
    if (done.length > 0) await this.apply(readAgain(done, kind));
    return outcomes;
  }

  /** Reads images that changed, and shows them. */
  async apply(change: CatalogChanged): Promise<void> {
    const shown = viewKey(this.view);
    for (const key of this.#listings.keys()) if (key !== shown) this.#stale.add(key);
    void this.#recount();
    await Promise.all([this.listing.apply(change), this.#arriving?.apply(change)]);
    this.revision++;
  }

  readonly #recount = coalesce(async () => {
    try {
      const [counts, galleries, collections] = await Promise.all([
        commands.counts(),
        commands.listGalleries(),
        commands.listCollections(),
      ]);
      this.counts = counts;
      this.galleries = galleries;
      this.collections = collections;
    } catch {
      // The numbers stay as they were; the next change asks again.
    }
  });

  async recount(): Promise<void> {
    await this.#recount();
  }

  /** Shows the galleries or collections as the catalog has them. */
  takeSets(kind: SetKind, sets: readonly NamedSet[]): void {
    if (kind === "gallery") this.galleries = [...sets];
    else this.collections = sets.map((set) => ({ cover_sensitive: false, ...set }));
  }

  /** Reads the images of a gallery or collection again, in their order. */
  async readOrder(set: SetRef): Promise<void> {
    const key = viewKey(viewOfSet(set));
    if (key === viewKey(this.view)) await this.listing.reload();
    else this.#stale.add(key);
  }
}
