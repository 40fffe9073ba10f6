// Owns the images, galleries and collections of a made-up host.
import type {
  ActionReport,
  Collection,
  Counts,
  DatedImage,
  Gallery,
  GenerationField,
  ImageDetail,
  Made,
  OrderBy,
  Tile,
  View,
} from "../../ipc/bindings";
import { compareIn, placeOf } from "../../state/orders";
import { mayShow } from "../../state/views";
import { aDetail } from "../fixtures";

export type MadeUpGallery = { id: string; name: string; members: Set<string> };
/** its images in the order of the artist */
export type MadeUpCollection = { id: string; name: string; members: string[] };

export class MadeUpCatalog {
  #tiles = new Map<string, Tile>();
  readonly #details = new Map<string, Partial<ImageDetail>>();
  readonly #detailOf: (tile: Tile) => Partial<ImageDetail>;
  readonly #covers = new Map<string, string>();
  galleries: MadeUpGallery[];
  collections: MadeUpCollection[];

  /** `detailOf` returns what an image has beyond its tile and usual values. */
  constructor(
    tiles: readonly Tile[],
    sets: { galleries: readonly MadeUpGallery[]; collections: readonly MadeUpCollection[] },
    detailOf: (tile: Tile) => Partial<ImageDetail>,
  ) {
    this.galleries = [...sets.galleries];
    this.collections = [...sets.collections];
    this.#detailOf = detailOf;
    this.hold(tiles);
  }

  /** Replaces all images with these. */
  hold(tiles: readonly Tile[]): void {
    this.#tiles = new Map(tiles.map((tile) => [tile.id, tile]));
  }

  add(tile: Tile): void {
    this.#tiles.set(tile.id, tile);
  }

  tiles(ids: readonly string[]): Tile[] {
    return ids.flatMap((id) => this.#tiles.get(id) ?? []);
  }

  inView(view: View, by: OrderBy = { by: "made" }): Tile[] {
    const found = [...this.#tiles.values()]
      .filter((tile) => mayShow(view, tile) && this.#isFound(view, tile))
      .sort(compareIn(view, { by: "made" }));
    const place = this.#placesOf(view, by);
    return place ? found.sort((a, b) => place(a) - place(b)) : found.sort(compareIn(view, by));
  }

  /** Returns what orders tiles that do not know their place. */
  #placesOf(view: View, by: OrderBy): ((tile: Tile) => number) | null {
    const [some] = this.#tiles.values();
    if (!some || placeOf(view, by, some) !== null) return null;
    if (by.by === "name") {
      const names = [...this.#tiles.values()].map(({ filename }) => filename);
      names.sort(new Intl.Collator("en", { numeric: true }).compare);
      return ({ filename }) => names.indexOf(filename);
    }
    if (by.by === "shuffle") {
      return ({ id }) => (Math.imul(Number(id.slice(-6)) + 1, by.seed | 1) >>> 0) % 1009;
    }
    if (by.by !== "manual" || view.view !== "collection") return () => 0;
    const members = this.collections.find(({ id }) => id === view.collection)?.members ?? [];
    return ({ id }) => members.indexOf(id);
  }

  /** Whether a gallery or collection has an image, or a search finds it. */
  #isFound(view: View, tile: Tile): boolean {
    if (view.view === "references" && view.gallery !== null) {
      return this.galleries.some(({ id, members }) => id === view.gallery && members.has(tile.id));
    }
    if (view.view === "collection") {
      return this.collections.some(
        ({ id, members }) => id === view.collection && members.includes(tile.id),
      );
    }
    if (view.view !== "search") return true;
    const words = view.query.toLowerCase().trim().split(/\s+/);
    return words.every((word) =>
      word === "is:favourite"
        ? tile.favourite
        : word.startsWith("rating:>=")
          ? tile.rating >= Number(word.slice("rating:>=".length))
          : tile.prompt.includes(word),
    );
  }

  change(ids: readonly string[], part: Partial<Tile>): ActionReport {
    for (const tile of this.tiles(ids)) this.add({ ...tile, ...part });
    return { done: [...ids], failed: [] };
  }

  /** Changes images that still have what shall be replaced. */
  replace<Part extends keyof Tile>(
    ids: readonly string[],
    part: Part,
    value: Tile[Part],
    insteadOf: Tile[Part] | null,
  ): ActionReport {
    const [same, others] = [new Array<string>(), new Array<string>()];
    for (const tile of this.tiles(ids)) {
      const isSame = insteadOf === null || tile[part] === insteadOf;
      (isSame ? same : others).push(tile.id);
    }
    this.change(same, { [part]: value });
    const error = { code: "Changed" as const, message: "" };
    return { done: same, failed: others.map((id) => ({ id, error })) };
  }

  delete(ids: readonly string[]): ActionReport {
    for (const id of ids) this.#tiles.delete(id);
    return { done: [...ids], failed: [] };
  }

  detail(tile: Tile): ImageDetail {
    const galleries = this.galleries.filter(({ members }) => members.has(tile.id));
    return {
      ...aDetail(tile.id, tile),
      stored: tile.upload === "stored",
      sensitive_mark: tile.sensitive ? "yes" : null,
      galleries: galleries.map(({ id }) => id),
      collections: this.collections
        .filter(({ members }) => members.includes(tile.id))
        .map(({ name }) => name),
      ...this.#detailOf(tile),
      ...this.#details.get(tile.id),
    };
  }

  edit(id: string, part: Partial<ImageDetail>): void {
    this.#details.set(id, { ...this.#details.get(id), ...part });
  }

  /** Returns what was written into a field instead of what was read; null if nothing. */
  written(id: string, field: GenerationField): string | null {
    const detail = this.#details.get(id);
    return detail && field in detail ? (detail[field] ?? "") : null;
  }

  revert(id: string, field: keyof ImageDetail): void {
    const others = Object.entries(this.#details.get(id) ?? {}).filter(([name]) => name !== field);
    this.#details.set(id, Object.fromEntries(others));
  }

  /** Sets the dates of images. Returns the dates that they had before. */
  date(dates: readonly { id: string; made: Made }[]): DatedImage[] {
    const before = this.tiles(dates.map(({ id }) => id)).map((tile): DatedImage => {
      const from = this.detail(tile).created_from;
      const given = dates.find(({ id }) => id === tile.id)?.made ?? null;
      return { id: tile.id, made: { at: tile.created_at, from }, instead_of: given };
    });
    for (const { id, made } of dates) {
      this.change([id], { created_at: made.at });
      this.edit(id, { created_from: made.from });
    }
    return before;
  }

  counts(): Counts {
    return {
      history: this.inView({ view: "history" }).length,
      favourites: this.inView({ view: "history" }).filter((tile) => tile.favourite).length,
      feed: this.inView({ view: "feed" }).length,
      trash: this.inView({ view: "trash" }).length,
      references: this.inView({ view: "references", gallery: null }).length,
    };
  }

  galleryList(): Gallery[] {
    return this.galleries.map(({ id, name, members }) => ({
      id,
      name,
      images: members.size,
      cover: this.#covers.get(id) ?? [...members][0] ?? null,
    }));
  }

  gallery(id: string): Gallery {
    const gallery = this.galleryList().find((other) => other.id === id);
    if (!gallery) throw { code: "NotFound", message: "" };
    return gallery;
  }

  collectionList(): Collection[] {
    return this.collections.map(({ id, name, members }) => {
      const cover = this.#covers.get(id) ?? members[0] ?? null;
      const [tile] = this.tiles(cover === null ? [] : [cover]);
      return { id, name, images: members.length, cover, cover_sensitive: tile?.sensitive ?? false };
    });
  }

  collection(id: string): Collection {
    const collection = this.collectionList().find((other) => other.id === id);
    if (!collection) throw { code: "NotFound", message: "" };
    return collection;
  }

  cover(id: string, image: string | null): void {
    if (image === null) this.#covers.delete(id);
    else this.#covers.set(id, image);
  }
}
