// Owns what is open: the profile, the view, the loaded lists and the selection
// in them. Turns changes of the catalog into changes of what is shown.
import { commands } from "$ipc";
import type {
  Bootstrap,
  BucketStatus,
  CatalogChanged,
  Counts,
  Failure,
  Gallery,
  Page,
  Profile,
  Settings,
  Tile,
  View,
} from "../ipc/bindings";
import { coalesce } from "../shared/coalesce";
import { Listing } from "./listing.svelte";
import { Overlay } from "./overlay.svelte";
import {
  nothing,
  select,
  selectAll,
  survivor,
  without,
  type Reach,
  type Selected,
} from "./selection";
import { viewKey, viewTitle } from "./views";

/** An image near the top of the window, and how far below the top its row is, in px. */
export type Place = { id: string; offset: number };

export class Library {
  readonly overlay = new Overlay();
  readonly #listings = new Map<string, Listing>();
  readonly #stale = new Set<string>();
  readonly #places = new Map<string, Place>();
  #arriving: Listing | null = null;

  profile = $state.raw<Profile | null>(null);
  profiles = $state.raw<Profile[]>([]);
  counts = $state.raw<Counts | null>(null);
  galleries = $state.raw<Gallery[]>([]);
  settings = $state.raw<Settings | null>(null);
  bucket = $state.raw<BucketStatus | null>(null);
  version = $state("");
  /** the library could not be opened */
  failure = $state.raw<unknown>(null);

  listing = $state.raw<Listing>(this.#fresh({ view: "history" }));
  selected = $state.raw<Selected>(nothing);
  /** the image in the viewer */
  viewing = $state<string | null>(null);
  /** grows with every change of the catalog, for those who show details */
  revision = $state(0);

  readonly view = $derived(this.listing.view);
  readonly title = $derived(viewTitle(this.view, this.galleries));
  readonly chosen = $derived.by(() =>
    this.listing.tiles.filter(({ id }) => this.selected.ids.has(id)),
  );
  readonly #order = $derived(this.listing.tiles.map((tile) => tile.id));

  /** Asks for everything the first screen needs that is not on its way already. */
  async start(page?: Promise<Page<Tile>>): Promise<Bootstrap | null> {
    void this.listing.more(page);
    try {
      const bootstrap = await commands.bootstrap();
      this.#take(bootstrap);
      return bootstrap;
    } catch (error) {
      this.failure = error;
      return null;
    }
  }

  /** What is open cannot be trusted any more. */
  isDamaged(): void {
    this.viewing = null;
    this.failure = { code: "CatalogDamaged", message: "" } satisfies Failure;
  }

  #take(bootstrap: Bootstrap): void {
    this.failure = null;
    this.profile = bootstrap.profile;
    this.profiles = bootstrap.profiles;
    this.counts = bootstrap.counts;
    this.galleries = bootstrap.galleries;
    this.settings = bootstrap.settings;
    this.bucket = bootstrap.bucket;
    this.version = bootstrap.version;
  }

  /** Replaces everything shown by what another profile has. */
  replace(bootstrap: Bootstrap): void {
    this.#listings.clear();
    this.#stale.clear();
    this.#places.clear();
    this.overlay.clear();
    this.selected = nothing;
    this.viewing = null;
    this.#take(bootstrap);
    this.listing = this.#fresh({ view: "history" });
    void this.listing.more();
  }

  #fresh(view: View): Listing {
    const listing = new Listing(view, this.overlay);
    this.#listings.set(viewKey(view), listing);
    return listing;
  }

  /** a search is on its way to be shown */
  get isArriving(): boolean {
    return this.#arriving !== null;
  }

  /** Shows what a search finds, once its first page is here; until then, what is shown stays. */
  async find(view: View): Promise<void> {
    // Searches are not kept: there is one for every letter that is typed.
    const listing = new Listing(view, this.overlay);
    this.#arriving = listing;
    await listing.more();
    if (this.#arriving !== listing) return;
    this.#arriving = null;
    this.viewing = null;
    this.selected = nothing;
    this.listing = listing;
  }

  open(view: View): void {
    this.#arriving = null;
    const key = viewKey(view);
    if (key === viewKey(this.view)) return;
    this.viewing = null;
    this.selected = nothing;
    const before = this.#listings.get(key);
    // A feed is never shown from memory when it may have changed.
    const reuse = before && !(this.#stale.has(key) && view.view === "feed") ? before : null;
    const listing = reuse ?? this.#fresh(view);
    this.listing = listing;
    if (!reuse) void listing.more();
    else if (this.#stale.has(key)) void listing.reload();
    this.#stale.delete(key);
  }

  /** Remembers which image is at the top of the view on screen. */
  keepPlace(view: View, place: Place | null): void {
    if (view.view === "search") return;
    if (place === null) this.#places.delete(viewKey(view));
    else this.#places.set(viewKey(view), place);
  }

  placeIn(view: View): Place | null {
    return this.#places.get(viewKey(view)) ?? null;
  }

  async apply(change: CatalogChanged): Promise<void> {
    const shown = viewKey(this.view);
    for (const key of this.#listings.keys()) if (key !== shown) this.#stale.add(key);
    this.#followRemoval(new Set(change.removed));
    void this.#recount();
    await Promise.all([this.listing.apply(change), this.#arriving?.apply(change)]);
    this.revision++;
  }

  /** Moves the selection and the viewer off images that are about to leave the view. */
  leave(ids: readonly string[]): void {
    this.#followRemoval(new Set(ids));
  }

  #followRemoval(gone: ReadonlySet<string>): void {
    if (gone.size === 0) return;
    const next = survivor(this.#order, gone);
    if (this.viewing !== null && gone.has(this.viewing)) this.viewing = next;
    this.selected = without(this.selected, gone, next);
  }

  readonly #recount = coalesce(async () => {
    try {
      const [counts, galleries] = await Promise.all([commands.counts(), commands.listGalleries()]);
      this.counts = counts;
      this.galleries = galleries;
    } catch {
      // The numbers stay as they were; the next change asks again.
    }
  });

  recount(): void {
    void this.#recount();
  }

  choose(id: string, reach: Reach): void {
    this.selected = select(this.selected, id, reach, this.#order, (each) =>
      this.listing.indexOf(each),
    );
  }

  chooseAll(): void {
    this.selected = selectAll(this.selected, this.#order);
  }

  chooseNone(): void {
    this.selected = { ...nothing, active: this.selected.active };
  }

  /** Returns the one image that details are about, if it is one. */
  readonly subject = $derived.by((): Tile | null => {
    if (this.viewing !== null) return this.listing.get(this.viewing) ?? null;
    return this.chosen.length === 1 ? (this.chosen[0] ?? null) : null;
  });

  /** Moves the viewer by one image and loads on when the end comes near. */
  step(by: 1 | -1): void {
    if (this.viewing === null) return;
    const index = this.listing.indexOf(this.viewing) + by;
    const tile = this.listing.tiles[index];
    if (tile) this.show(tile.id);
    if (index > this.listing.tiles.length - 20) void this.listing.more();
  }

  show(id: string): void {
    this.viewing = id;
    this.choose(id, "only");
  }
}
