// Owns what a view is: its name, its order, and which images it may show.
import type { ImageKind, ImportTarget, Tile, View } from "../ipc/bindings";
import { findSet, imageKindOf, setKindOf, type SetKind, type SetRef, type Sets } from "./sets";

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

/** Returns the key of how a view is shown. All searches of a place are shown alike. */
export function choiceKey(view: View): string {
  return view.view === "search" ? `search/${view.within}` : viewKey(view);
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

/** Returns the gallery or collection that a view shows; null for other views. */
export function setOf(view: View): SetRef | null {
  if (view.view === "collection") return { kind: "collection", id: view.collection };
  if (view.view !== "references" || view.gallery === null) return null;
  return { kind: "gallery", id: view.gallery };
}

export function viewOfSet({ kind, id }: SetRef): View {
  return kind === "gallery"
    ? { view: "references", gallery: id }
    : { view: "collection", collection: id };
}

/** Returns the view of all images that can be in sets of a kind. */
export function viewWithoutSet(kind: SetKind): View {
  return kind === "gallery" ? { view: "references", gallery: null } : { view: "history" };
}

/** Returns the kind of the sets that the images of a view can join; null in the trash. */
export function setKindIn(view: View): SetKind | null {
  if (view.view === "trash") return null;
  return view.view === "references" ? "gallery" : "collection";
}

export function viewTitle(view: View, sets: Sets): string {
  const set = setOf(view);
  if (set) return findSet(sets, set)?.name ?? (set.kind === "gallery" ? "Gallery" : "Collection");
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
      return "Collection";
    case "references":
      return "All references";
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

/** Returns the target that adds images to a gallery or collection. */
export function targetOfSet({ kind, id }: SetRef): ImportTarget {
  return {
    kind: imageKindOf[kind],
    gallery: kind === "gallery" ? id : null,
    collection: kind === "collection" ? id : null,
  };
}

/** Returns the gallery or collection that a target adds to; null for none. */
export function setOfTarget({ collection, gallery }: ImportTarget): SetRef | null {
  if (collection !== null) return { kind: "collection", id: collection };
  return gallery === null ? null : { kind: "gallery", id: gallery };
}

/** The target of images that join no gallery or collection. */
export const plainTarget = {
  generated: { kind: "generated", gallery: null, collection: null },
  reference: { kind: "reference", gallery: null, collection: null },
} as const satisfies Record<ImageKind, ImportTarget>;

/** Returns the target of images that are added while a view is shown. */
export function importTargetOf(view: View): ImportTarget {
  const set = setOf(view);
  if (set) return targetOfSet(set);
  return plainTarget[view.view === "references" ? "reference" : "generated"];
}

/** Returns the view that shows what was added to a target. */
export function viewOfTarget(target: ImportTarget): View {
  const set = setOfTarget(target);
  return set ? viewOfSet(set) : viewWithoutSet(setKindOf[target.kind]);
}

/** Returns a target in words: "History", "References > Hands", "Collections > Sky". */
export function importTargetName(target: ImportTarget, sets: Sets): string {
  const set = setOfTarget(target);
  const name = set && findSet(sets, set)?.name;
  if (set?.kind === "collection") return name ? `Collections > ${name}` : "History";
  if (target.kind === "generated") return "History";
  return name ? `References > ${name}` : "References";
}
