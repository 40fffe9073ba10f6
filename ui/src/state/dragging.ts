// Owns what a drag over the window would do where it is: files
// from elsewhere are imported, images of this library join galleries or collections,
// are linked, or move in their collection. Knows nothing of the DOM.
import type { ImageKind, ImportTarget } from "../ipc/bindings";
import { counted } from "../shared/text";
import { dropWords } from "./import-words";
import { findSet, imageKindOf, isSameSet, type SetRef, type Sets } from "./sets";
import { setOfTarget } from "./views";

/** What is dragged over the window; `kind` is null for images of both kinds. */
export type DragSource = { from: "elsewhere" } | { from: "here"; kind: ImageKind | null };

/** What is under the pointer. */
export type Spot = {
  /** the target of the entry of the sidebar or the shelf, if it is one */
  into: ImportTarget | null;
  /** an image, and whether files may be dropped on it to be linked with it */
  image: { id: string; kind: ImageKind; takesFiles: boolean } | null;
};

/** A place between two images of the grid, or at an end. */
export type Gap = {
  /** the position of the image after it */
  position: number;
  /** it is shown behind the last image of a row, not before the first of the next */
  isRowEnd: boolean;
};

export type DropTarget =
  | { do: "import"; into: ImportTarget }
  | { do: "join"; set: SetRef }
  /** they move to a gap between the images on screen */
  | { do: "arrange"; gap: Gap }
  /** references are linked with a generated image, or the other way round */
  | { do: "link"; with: string; kind: ImageKind };

/** Returns what a drop would do; `defaultTarget` is for files that are over no entry. */
export function dropTargetOf(
  source: DragSource,
  spot: Spot,
  defaultTarget: ImportTarget,
): DropTarget | null {
  const { into, image } = spot;
  if (source.from === "elsewhere") {
    if (image?.takesFiles && image.kind === "generated") {
      return { do: "link", with: image.id, kind: image.kind };
    }
    return { do: "import", into: into ?? defaultTarget };
  }
  if (image && source.kind && image.kind !== source.kind) {
    return { do: "link", with: image.id, kind: image.kind };
  }
  const set = into && setOfTarget(into);
  return set && imageKindOf[set.kind] === source.kind ? { do: "join", set } : null;
}

/** Returns whether a drop would add something to the target of an entry. */
export function addsTo(target: DropTarget | null, entry: ImportTarget): boolean {
  if (target?.do === "join") return isSameSet(target.set, setOfTarget(entry));
  if (target?.do !== "import") return false;
  return target.into.kind === entry.kind && isSameSet(setOfTarget(target.into), setOfTarget(entry));
}

export function isSameDropTarget(a: DropTarget | null, b: DropTarget | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Returns what a drop would do, in words. */
export function dropTargetWords(target: DropTarget, count: number, sets: Sets): string {
  switch (target.do) {
    case "import":
      return dropWords(count, target.into, sets);
    case "join": {
      const name = findSet(sets, target.set)?.name ?? `the ${target.set.kind}`;
      return `Add ${counted(count, "image")} to ${name}`;
    }
    case "arrange":
      return `Move ${counted(count, "image")} here`;
    case "link":
      return target.kind === "generated"
        ? `Made with ${count === 1 ? "this reference" : `these ${counted(count, "reference")}`}`
        : `Used in ${count === 1 ? "this image" : `these ${counted(count, "image")}`}`;
  }
}
