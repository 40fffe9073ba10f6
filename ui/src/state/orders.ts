// Owns what lists can be ordered by: which orders a view offers, their names, and what decides
// the place of an image. Pure.
import type { OrderBy, Tile, View } from "../ipc/bindings";
import { termsOf } from "./terms";

export type OrderName = OrderBy["by"];

/** What a list is ordered by, and whether it is reversed. */
export type ListOrder = { by: OrderBy; reversed: boolean };

const MADE: ListOrder = { by: { by: "made" }, reversed: false };
const MANUAL: ListOrder = { by: { by: "manual" }, reversed: false };
const MATCH: ListOrder = { by: { by: "match" }, reversed: false };

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

/** Whether a view shows the images that look like one of them. */
export function isByLooks(view: View): boolean {
  return view.view === "search" && termsOf(view.query).some((term) => /^similar:/i.test(term));
}

/** Returns the order of a view until the artist chooses one. */
export function usualOrder(view: View): ListOrder {
  if (isByLooks(view)) return MATCH;
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
