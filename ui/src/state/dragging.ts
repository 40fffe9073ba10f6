// Owns what a drag over the window would do where it is: files
// from elsewhere are imported, images of this library join galleries or are
// linked. Knows nothing of the DOM.
import type { Gallery, ImageKind, ImportTarget } from "../ipc/bindings";
import { counted } from "../shared/text";
import { dropWords } from "./import-words";

/** What is dragged over the window; `kind` is null for images of both kinds. */
export type DragSource = { from: "elsewhere" } | { from: "here"; kind: ImageKind | null };

/** What is under the pointer. */
export type Spot = {
  /** the target of the entry of the sidebar or the shelf, if it is one */
  into: ImportTarget | null;
  /** an image, and whether files may be dropped on it to be linked with it */
  image: { id: string; kind: ImageKind; takesFiles: boolean } | null;
};

export type DropTarget =
  | { do: "import"; into: ImportTarget }
  | { do: "join"; gallery: string }
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
  const gallery = source.kind === "reference" ? (into?.gallery ?? null) : null;
  return gallery === null ? null : { do: "join", gallery };
}

export function isSameDropTarget(a: DropTarget | null, b: DropTarget | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Returns what a drop would do, in words. */
export function dropTargetWords(
  target: DropTarget,
  count: number,
  galleries: readonly Gallery[],
): string {
  switch (target.do) {
    case "import":
      return dropWords(count, target.into, galleries);
    case "join": {
      const name = galleries.find(({ id }) => id === target.gallery)?.name ?? "the gallery";
      return `Add ${counted(count, "image")} to ${name}`;
    }
    case "link":
      return target.kind === "generated"
        ? `Made with ${count === 1 ? "this reference" : `these ${counted(count, "reference")}`}`
        : `Used in ${count === 1 ? "this image" : `these ${counted(count, "image")}`}`;
  }
}
