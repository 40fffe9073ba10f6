// Owns the packed list of all images of a view: their positions, what orders
// them and how wide they are. Flags change; any other change makes a new list.
// The largest value is first, unless it was turned round. The format is that of
// catalog/view_index.rs. A list can be stacked: then some of its rows stand for several images of
// another list, which has all of them.
import type { ImageKind, OrderBy, Tile, View } from "../ipc/bindings";
import { keptInOrder } from "./kept-in-order";
import { placeOf, sortingOf, type Sorting } from "./orders";
import { isSameId, PlacesById } from "./places-by-id";
import { closed, member, single, stackUp, type Stacks } from "./stacks";

const HEADER = 16;
const PUBLIC = 1;
const REFERENCE = 2;
const SENSITIVE = 4;
const FAVOURITE = 8;
/** the bits of the rating, from this one */
const RATING = 4;
const STARS = 7;
/** the value of a ratio of one */
export const RATIO_UNIT = 16_384;
/** Beyond these a picture is cropped in the grid rather than drawn as a sliver. */
const RATIO_MIN = 0.4;
const RATIO_MAX = 3.6;

export function packRatio(ratio: number): number {
  const known = Number.isFinite(ratio) && ratio > 0 ? ratio : 1;
  return Math.round(Math.min(RATIO_MAX, Math.max(RATIO_MIN, known)) * RATIO_UNIT);
}

/** Returns the four words of an id; their order is the order of ids. */
function wordsOf(id: string): [number, number, number, number] {
  const hex = id.replaceAll("-", "");
  const word = (at: number) => parseInt(hex.slice(at * 8, at * 8 + 8), 16) >>> 0;
  return [word(0), word(1), word(2), word(3)];
}

const hexOf = (word: number) => word.toString(16).padStart(8, "0");

/** 1: the largest value first; -1: reversed */
type RowOrder = 1 | -1;
type Columns = Pick<ImageIndex, "ids" | "moments" | "stacks" | "ratios" | "flags">;
/** Which rows stand for which images of another list. */
type Stacked = Stacks & { all: ImageIndex };

export class ImageIndex {
  /** four words each */
  readonly ids: Uint32Array;
  /** what orders the view: moments, or what else `sorting` says */
  readonly moments: Float64Array;
  /** the number of the stack of each image, 0 if it is in none */
  readonly stacks: Uint32Array;
  readonly ratios: Uint16Array;
  readonly flags: Uint8Array;
  readonly sorting: Sorting;
  readonly #direction: RowOrder;
  readonly #stacked: Stacked | null;

  private constructor(
    columns: Columns,
    sorting: Sorting,
    direction: RowOrder = 1,
    stacked: Stacked | null = null,
  ) {
    this.sorting = sorting;
    this.#direction = direction;
    this.#stacked = stacked;
    this.ids = columns.ids;
    this.moments = columns.moments;
    this.stacks = columns.stacks;
    this.ratios = columns.ratios;
    this.flags = columns.flags;
  }

  static readonly empty = ImageIndex.#room(0, sortingOf({ view: "history" }, { by: "made" }));

  static #room(
    count: number,
    sorting: Sorting,
    direction: RowOrder = 1,
    stacked: Stacked | null = null,
  ): ImageIndex {
    const columns = {
      ids: new Uint32Array(count * 4),
      moments: new Float64Array(count),
      stacks: new Uint32Array(count),
      ratios: new Uint16Array(count),
      flags: new Uint8Array(count),
    };
    return new ImageIndex(columns, sorting, direction, stacked);
  }

  /** Reads what the catalog packed. */
  static decode(bytes: ArrayBuffer, sorting: Sorting): ImageIndex {
    const count = new DataView(bytes).getUint32(0, true);
    if (bytes.byteLength !== HEADER + count * 31)
      throw new Error("the index of a view is cut short");
    const columns = {
      ids: new Uint32Array(bytes, HEADER, count * 4),
      moments: new Float64Array(bytes, HEADER + count * 16, count),
      stacks: new Uint32Array(bytes, HEADER + count * 24, count),
      ratios: new Uint16Array(bytes, HEADER + count * 28, count),
      flags: new Uint8Array(bytes, HEADER + count * 30, count),
    };
    return new ImageIndex(columns, sorting);
  }

  /** Packs tiles that are in this order of the view. */
  static fromTiles(view: View, tiles: readonly Tile[], by: OrderBy = { by: "made" }): ImageIndex {
    const index = ImageIndex.#room(tiles.length, sortingOf(view, by));
    tiles.forEach((tile, at) => {
      index.ids.set(wordsOf(tile.id), at * 4);
      index.moments[at] = placeOf(view, by, tile) ?? -at;
      index.stacks[at] = tile.stack;
      index.ratios[at] = packRatio(tile.width / tile.height);
      index.flags[at] =
        (tile.visibility === "public" ? PUBLIC : 0) |
        (tile.kind === "reference" ? REFERENCE : 0) |
        (tile.sensitive ? SENSITIVE : 0) |
        (tile.favourite ? FAVOURITE : 0) |
        (tile.rating << RATING);
    });
    return index;
  }

  /** the values are moments, so that it has days */
  get isByDate(): boolean {
    return this.sorting.isByDate;
  }

  /** Whether both are in the same order, in the same direction. */
  isOrderedAs(other: ImageIndex): boolean {
    return this.#direction === other.#direction && this.sorting.name === other.sorting.name;
  }

  get count(): number {
    return this.moments.length;
  }

  idAt(at: number): string {
    const [a = 0, b = 0, c = 0, d = 0] = this.ids.subarray(at * 4, at * 4 + 4);
    const [two, three] = [hexOf(b), hexOf(c)];
    return `${hexOf(a)}-${two.slice(0, 4)}-${two.slice(4)}-${three.slice(0, 4)}-${three.slice(4)}${hexOf(d)}`;
  }

  kindAt(at: number): ImageKind {
    return (this.flags[at] ?? 0) & REFERENCE ? "reference" : "generated";
  }

  /** Returns null where images have no visibility. */
  isPublic(at: number): boolean | null {
    const flags = this.flags[at] ?? 0;
    return flags & REFERENCE ? null : (flags & PUBLIC) !== 0;
  }

  isSensitive(at: number): boolean {
    return ((this.flags[at] ?? 0) & SENSITIVE) !== 0;
  }

  isFavourite(at: number): boolean {
    return ((this.flags[at] ?? 0) & FAVOURITE) !== 0;
  }

  /** Returns the number of stars, 0 without a rating. */
  ratingAt(at: number): number {
    return ((this.flags[at] ?? 0) >> RATING) & STARS;
  }

  /** Returns where an image is, or -1. Looks at every row: 1 ms for a million. */
  indexOf(id: string): number {
    const [a, b, c, d] = wordsOf(id);
    const { ids } = this;
    // The last word is random, so it rarely matches by chance.
    for (let at = 3; at < ids.length; at += 4) {
      if (ids[at] === d && ids[at - 1] === c && ids[at - 2] === b && ids[at - 3] === a) {
        return (at - 3) / 4;
      }
    }
    return -1;
  }

  /** Returns where an image of another index is here, or -1. Both have values. */
  positionOf(other: ImageIndex, otherAt: number): number {
    const at = this.#insertionPoint(other, otherAt, 0);
    return at < this.count && this.#compare(at, other, otherAt) === 0 ? at : -1;
  }

  /** Returns where images are, in order; those that are not here are left out. */
  positionsOf(ids: Iterable<string>): number[] {
    const wanted = new Map<number, string[]>();
    for (const id of ids) {
      const last = wordsOf(id)[3];
      const same = wanted.get(last);
      if (same) same.push(id);
      else wanted.set(last, [id]);
    }
    const found: number[] = [];
    if (wanted.size === 0) return found;
    for (let at = 0; at < this.count; at++) {
      if (wanted.get(this.ids[at * 4 + 3] ?? 0)?.includes(this.idAt(at))) found.push(at);
    }
    return found;
  }

  /** Returns where each image of another index is here, in the order of that one, or -1. */
  positionsOfEach(other: ImageIndex): number[] {
    const ids = Array.from(other.moments, (_, at) => other.idAt(at));
    const found = new Map(this.positionsOf(ids).map((at) => [this.idAt(at), at]));
    return ids.map((id) => found.get(id) ?? -1);
  }

  /** Negative if the image at `at` comes before that of another index. */
  #compare(at: number, other: ImageIndex, otherAt: number): number {
    const moments = (other.moments[otherAt] ?? 0) - (this.moments[at] ?? 0);
    if (moments !== 0) return moments * this.#direction;
    for (let word = 0; word < 4; word++) {
      const difference = (other.ids[otherAt * 4 + word] ?? 0) - (this.ids[at * 4 + word] ?? 0);
      if (difference !== 0) return difference * this.#direction;
    }
    return 0;
  }

  /** Returns the same images in reverse order. */
  turned(): ImageIndex {
    const { count } = this;
    const next = ImageIndex.#room(count, this.sorting, this.#direction === 1 ? -1 : 1);
    next.moments.set(this.moments);
    next.moments.reverse();
    next.stacks.set(this.stacks);
    next.stacks.reverse();
    next.ratios.set(this.ratios);
    next.ratios.reverse();
    next.flags.set(this.flags);
    next.flags.reverse();
    for (let at = 0, to = (count - 1) * 4; at < count * 4; at += 4, to -= 4) {
      for (let word = 0; word < 4; word++) next.ids[to + word] = this.ids[at + word] ?? 0;
    }
    return next;
  }

  #copy(to: ImageIndex, toAt: number, from: number, end: number): number {
    to.ids.set(this.ids.subarray(from * 4, end * 4), toAt * 4);
    to.moments.set(this.moments.subarray(from, end), toAt);
    to.stacks.set(this.stacks.subarray(from, end), toAt);
    to.ratios.set(this.ratios.subarray(from, end), toAt);
    to.flags.set(this.flags.subarray(from, end), toAt);
    return toAt + end - from;
  }

  /** Returns the index without some rows, given in order. */
  without(positions: readonly number[]): ImageIndex {
    if (positions.length === 0) return this;
    const next = ImageIndex.#room(this.count - positions.length, this.sorting, this.#direction);
    let [from, to] = [0, 0];
    for (const at of positions) {
      to = this.#copy(next, to, from, at);
      from = at + 1;
    }
    this.#copy(next, to, from, this.count);
    return next;
  }

  /** Returns the index with the rows of another inserted in order. */
  with(others: ImageIndex): ImageIndex {
    if (others.count === 0) return this;
    const next = ImageIndex.#room(this.count + others.count, this.sorting, this.#direction);
    let [from, to] = [0, 0];
    for (let other = 0; other < others.count; other++) {
      const at = this.#insertionPoint(others, other, from);
      to = this.#copy(next, to, from, at);
      to = others.#copy(next, to, other, other + 1);
      from = at;
    }
    this.#copy(next, to, from, this.count);
    return next;
  }

  #insertionPoint(other: ImageIndex, otherAt: number, from: number): number {
    let [low, high] = [from, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(middle, other, otherAt) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isSameImage(at: number, other: ImageIndex, otherAt: number): boolean {
    return isSameId(this.ids, at, other.ids, otherAt);
  }

  /** Whether it has the same images at the same places, whatever their flags. */
  sameRows(other: ImageIndex): boolean {
    if (this === other) return true;
    if (this.count !== other.count || !this.isOrderedAs(other)) return false;
    const { hasValues } = this.sorting;
    if (!this.#isStackedAs(other)) return false;
    for (let at = 0; at < this.count; at++) {
      if (hasValues && this.moments[at] !== other.moments[at]) return false;
      if (!this.#isSameImage(at, other, at)) return false;
    }
    return true;
  }

  /** Whether the images at the same places have the same flags; both have the same rows. */
  sameFlags(other: ImageIndex): boolean {
    for (let at = 0; at < this.count; at++) if (this.flags[at] !== other.flags[at]) return false;
    return this.all === this || this.all === other.all || this.all.sameFlags(other.all);
  }

  /** Takes the flags of a list with the same rows. */
  takeFlags(other: ImageIndex): void {
    this.flags.set(other.flags);
    if (this.all !== this) this.all.flags.set(other.all.flags);
  }

  /**
   * Returns `moves` with the new positions of images whose place among the others changed. Both
   * lists have all images.
   */
  withMoved(later: ImageIndex, moves: Int32Array): Int32Array {
    if (!moves.includes(-1)) return moves;
    const isTaken = new Uint8Array(later.count);
    for (const to of moves) if (to >= 0) isTaken[to] = 1;
    const places = new PlacesById(later.ids, isTaken);
    if (places.count === 0) return moves;
    return moves.map((known, at) => (known >= 0 ? known : places.find(this.ids, at)));
  }

  /**
   * Returns the list with one row for each stack of two or more images, and all rows of those
   * whose numbers are in `opened`. The list itself if it has no such stack.
   */
  stackedUp(opened: ReadonlySet<number>): ImageIndex {
    const stacks = stackUp(this.stacks, opened);
    if (stacks === null) return this;
    const { places, roles } = stacks;
    const stacked = { ...stacks, all: this };
    const next = ImageIndex.#room(places.length, this.sorting, this.#direction, stacked);
    for (let row = 0; row < places.length; row++) {
      const place = places[row] ?? 0;
      for (let to = row * 4, from = place * 4; to < row * 4 + 4; to++, from++) {
        next.ids[to] = this.ids[from] ?? 0;
      }
      // An image behind its cover is where the cover is, even if it was made on another day.
      const moment = roles[row] === member ? next.moments[row - 1] : this.moments[place];
      next.moments[row] = moment ?? 0;
      next.stacks[row] = this.stacks[place] ?? 0;
      next.ratios[row] = this.ratios[place] ?? 0;
      next.flags[row] = this.flags[place] ?? 0;
    }
    return next;
  }

  /** the list with all images; this one, unless it is stacked */
  get all(): ImageIndex {
    return this.#stacked?.all ?? this;
  }

  /** Reads the flags of the list with all images again. */
  readFlags(): void {
    if (!this.#stacked) return;
    const { all, places } = this.#stacked;
    for (let row = 0; row < places.length; row++) {
      this.flags[row] = all.flags[places[row] ?? 0] ?? 0;
    }
  }

  /** Returns what a row is in its stack: `single`, `closed`, `open` or `member`. */
  roleAt(row: number): number {
    return this.#stacked?.roles[row] ?? single;
  }

  /** Returns how many images of the list are in the stack of a row; 0 if it is in none. */
  stackSizeAt(row: number): number {
    return this.#stacked?.sizes[row] ?? 0;
  }

  /** Returns how many images the rows from `first` to before `end` stand for. */
  imagesIn(first: number, end: number): number {
    if (!this.#stacked) return end - first;
    const { roles, sizes } = this.#stacked;
    let images = end - first;
    for (let row = first; row < end; row++) {
      if (roles[row] === closed) images += (sizes[row] ?? 1) - 1;
    }
    return images;
  }

  /** Returns the row that shows an image of the list with all, itself or as the cover. */
  rowOf(place: number): number {
    return this.#stacked ? (this.#stacked.rows[place] ?? -1) : place;
  }

  /** Returns the place of the image of a row in the list with all. */
  placeOf(row: number): number {
    return this.#stacked ? (this.#stacked.places[row] ?? -1) : row;
  }

  /**
   * Returns which images of the list with all the marked rows stand for, each marked with 1: 3 ms
   * for a million.
   */
  marksOfAll(marks: Uint8Array): Uint8Array {
    if (!this.#stacked) return marks;
    const { rows, places, roles } = this.#stacked;
    const all = new Uint8Array(rows.length);
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place] ?? -1;
      if (marks[row] === 1 && (places[row] === place || roles[row] === closed)) all[place] = 1;
    }
    return all;
  }

  #isStackedAs(other: ImageIndex): boolean {
    const [one, two] = [this.#stacked, other.#stacked];
    if (one === null || two === null) return one === two;
    for (let row = 0; row < one.places.length; row++) {
      if (one.places[row] !== two.places[row] || one.sizes[row] !== two.sizes[row]) return false;
    }
    return one.all.sameRows(two.all);
  }

  /** Returns where the rows of a list went, given where the images of its list with all went. */
  rowsTo(later: ImageIndex, images: Int32Array): Int32Array {
    if (!this.#stacked && !later.#stacked) return images;
    const moves = new Int32Array(this.count);
    for (let row = 0; row < this.count; row++) {
      const to = images[this.placeOf(row)] ?? -1;
      moves[row] = to < 0 ? -1 : later.rowOf(to);
    }
    return moves;
  }

  /**
   * Returns the position of each row in a later index; -1 if it is gone, or if its order
   * among the others changed.
   */
  movesTo(later: ImageIndex): Int32Array {
    const none = new Int32Array(this.count).fill(-1);
    if (later === this) return none.map((_, at) => at);
    if (later.sorting.name !== this.sorting.name) return none;
    if (this.#stacked || later.#stacked) {
      const rows = this.rowsTo(later, this.all.movesTo(later.all));
      // Where an image is only behind its cover now, or came out, its row is another one.
      const shown = rows.map((to, row) => (to >= 0 && this.#isSameImage(row, later, to) ? to : -1));
      return keptInOrder(shown);
    }
    if (later.#direction !== this.#direction) {
      const last = later.count - 1;
      return this.movesTo(later.turned()).map((to) => (to < 0 ? -1 : last - to));
    }
    // Each index numbers its places itself, so those of two cannot be compared.
    if (!this.sorting.hasValues) return keptInOrder(this.withMoved(later, none));
    const moves = none;
    let [at, to] = [0, 0];
    while (at < this.count && to < later.count) {
      const order = this.#compare(at, later, to);
      if (order === 0) moves[at++] = to++;
      else if (order < 0) at++;
      else to++;
    }
    return moves;
  }
}
