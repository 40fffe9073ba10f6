// Owns the order of each view: what it is, which ones a view offers, their names, and that the
// window remembers what was chosen. Knows nothing of lists.
import type { OrderBy, Tile, View } from "../ipc/bindings";
import { remember, remembered } from "./memory";
import { viewKey } from "./views";

export type OrderName = OrderBy["by"];

/** What a list is ordered by, and whether it is reversed. */
export type ListOrder = { by: OrderBy; reversed: boolean };

const NAME = "orders";
/** The most views whose order is remembered; of more, the oldest are forgotten. */
const MOST_VIEWS = 200;

const MADE: ListOrder = { by: { by: "made" }, reversed: false };
const MANUAL: ListOrder = { by: { by: "manual" }, reversed: false };

const everywhere: readonly OrderName[] = ["made", "added", "name", "size", "rating", "shuffle"];

/** Returns the orders that a view offers, the usual one first or second. */
export function ordersIn({ view }: View): readonly OrderName[] {
  switch (view) {
    // The trash is always ordered by when images were removed.
    case "trash":
      return ["made"];
    case "search":
      return [...everywhere, "match"];
    case "collection":
      return ["manual", ...everywhere];
    default:
      return everywhere;
  }
}

/** Returns the order of a view until the artist chooses one. */
export function usualOrder(view: View): ListOrder {
  return view.view === "collection" ? MANUAL : MADE;
}

/** Returns what an order is called, and what its two directions are. */
export function orderWords(name: OrderName, view: View) {
  const dates = { usual: "Newest first", reversed: "Oldest first" };
  switch (name) {
    case "made":
      return { name: view.view === "trash" ? "Date removed" : "Date made", ...dates };
    case "added":
      return { name: "Date added", ...dates };
    case "name":
      return { name: "Name", usual: "A to Z", reversed: "Z to A" };
    case "size":
      return { name: "File size", usual: "Largest first", reversed: "Smallest first" };
    case "rating":
      return { name: "Rating", usual: "Best first", reversed: "Best last" };
    case "match":
      return { name: "Best match", usual: "Best first", reversed: "Best last" };
    case "manual":
      return { name: "My order", usual: "First to last", reversed: "Last to first" };
    case "shuffle":
      return { name: "Shuffled", usual: "At random", reversed: "At random, reversed" };
  }
}

/**
 * Returns the value of a tile that decides its place, the largest first; null if the tile does
 * not have it, so that only the catalog knows the place.
 */
export function placeOf(view: View, { by }: OrderBy, tile: Tile): number | null {
  if (view.view === "trash") return tile.removed_at ?? tile.created_at;
  switch (by) {
    case "made":
      return tile.created_at;
    case "added":
      return tile.added_at;
    case "size":
      return tile.size_bytes;
    case "rating":
      return tile.rating;
    default:
      return null;
  }
}

/** What a packed list in an order is like. */
export type Sorting = {
  /** the same for lists in the same order */
  name: string;
  /** its values are moments, so that it has days */
  isByDate: boolean;
  /** each image has its value by itself; otherwise values only number the places of one list */
  hasValues: boolean;
};

export function sortingOf({ view }: View, by: OrderBy): Sorting {
  if (view === "trash") return { name: "removed", isByDate: true, hasValues: true };
  const name = by.by === "shuffle" ? `shuffle ${by.seed}` : by.by;
  return {
    name,
    isByDate: by.by === "made" || by.by === "added",
    hasValues: ["made", "added", "size", "rating"].includes(by.by),
  };
}

export function isSameBy(one: OrderBy, other: OrderBy): boolean {
  if (one.by === "shuffle") return other.by === "shuffle" && one.seed === other.seed;
  return one.by === other.by;
}

/** Orders tiles by their values, ids breaking ties, as the pages of the catalog do. */
export function compareIn(view: View, by: OrderBy): (a: Tile, b: Tile) => number {
  const value = (tile: Tile) => placeOf(view, by, tile) ?? 0;
  return (a, b) => value(b) - value(a) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

/** Returns another random order than `before`. */
export function shuffled(before: OrderBy, random = Math.random): OrderBy {
  const seed = Math.floor(random() * 2 ** 32);
  const isSame = before.by === "shuffle" && before.seed === seed;
  return { by: "shuffle", seed: isSame ? (seed + 1) % 2 ** 32 : seed };
}

export class Orders {
  #chosen = $state.raw(remembered(NAME, areOrders) ?? {});

  /** Returns the order of a view: the one that was chosen for it, or the usual one. */
  of(view: View): ListOrder {
    const chosen = this.#chosen[keyOf(view)];
    return chosen && ordersIn(view).includes(chosen.by.by) ? chosen : usualOrder(view);
  }

  choose(view: View, order: ListOrder): void {
    const key = keyOf(view);
    const others = Object.entries(this.#chosen).filter(([other]) => other !== key);
    this.#chosen = Object.fromEntries([...others, [key, order]].slice(-MOST_VIEWS)) as Chosen;
    remember(NAME, this.#chosen);
  }
}

/** All searches of a place have one order. */
const keyOf = (view: View): string =>
  view.view === "search" ? `search/${view.within}` : viewKey(view);

type Chosen = Readonly<Record<string, ListOrder>>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function isOrder(value: unknown): value is ListOrder {
  if (!isRecord(value) || typeof value["reversed"] !== "boolean") return false;
  const { by } = value;
  if (!isRecord(by)) return false;
  if (by["by"] === "shuffle") return Number.isInteger(by["seed"]);
  return ["made", "added", "name", "size", "rating", "match", "manual"].some(
    (name) => name === by["by"],
  );
}

const areOrders = (value: unknown): value is Chosen =>
  isRecord(value) && Object.values(value).every(isOrder);
