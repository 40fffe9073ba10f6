// Owns what a view is: its name, its order, and which images it may show.
import type { Collection, Gallery, ImportTarget, Tile, View } from "../ipc/bindings";

export function viewKey(view: View): string {
  switch (view.view) {
    case "references":
      return `references/${view.gallery ?? ""}`;
    case "collection":
      return `collection/${view.collection}`;
    case "search":
      return `search/${view.within}/${view.query}`;
    default:
      return view.view;
  }
}

/** the search that the favourites of the sidebar are */
export const favourites = {
  view: "search",
  query: "is:favourite",
  within: "history",
} as const satisfies View;

export function isFavourites(view: View): boolean {
  return (
    view.view === "search" && view.within === "history" && view.query.trim() === favourites.query
  );
}

export function viewTitle(
  view: View,
  galleries: readonly Gallery[],
  collections: readonly Collection[],
): string {
  switch (view.view) {
    case "history":
      return "History";
    case "feed":
      return "Public feed";
    case "trash":
      return "Trash";
    case "search":
      return isFavourites(view) ? "Favourites" : "Found";
    case "collection":
      return collections.find((each) => each.id === view.collection)?.name ?? "Collection";
    case "references": {
      const { gallery } = view;
      if (gallery === null) return "All references";
      return galleries.find((each) => each.id === gallery)?.name ?? "Gallery";
    }
  }
}

/**
 * Whether a tile may be shown in a view. Of a gallery or a collection, it knows only the kind of
 * its images.
 */
export function mayShow(view: View, tile: Tile): boolean {
  const removed = tile.removed_at !== null;
  switch (view.view) {
    case "history":
    case "collection":
      return tile.kind === "generated" && !removed;
    case "feed":
      return tile.kind === "generated" && !removed && tile.visibility === "public";
    case "references":
      return tile.kind === "reference" && !removed;
    // Only the catalog knows what a search finds.
    case "search":
      return (
        tile.kind === "generated" &&
        !removed &&
        (view.within === "history" || tile.visibility === "public")
      );
    case "trash":
      return removed;
  }
}

/** Returns the target of images that are added while a view is shown. */
export function importTargetOf(view: View): ImportTarget {
  return view.view === "references"
    ? { kind: "reference", gallery: view.gallery }
    : { kind: "generated", gallery: null };
}

/** Returns the view that shows what was added to a target. */
export function viewOfTarget(target: ImportTarget): View {
  return target.kind === "generated"
    ? { view: "history" }
    : { view: "references", gallery: target.gallery };
}

/** Returns a target in words: "History", "References > Hands". */
export function importTargetName(target: ImportTarget, galleries: readonly Gallery[]): string {
  if (target.kind === "generated") return "History";
  if (target.gallery === null) return "References";
  const gallery = galleries.find((each) => each.id === target.gallery);
  return gallery ? `References > ${gallery.name}` : "References";
}
