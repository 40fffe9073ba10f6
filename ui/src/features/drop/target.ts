// Owns where files go that are let go at a point of the window.
import type { ImportTarget } from "../../ipc/bindings";

/** Returns the target of the sidebar entry under a point, else `otherwise`. */
export function targetAt(x: number, y: number, otherwise: ImportTarget): ImportTarget {
  return targetOfElement(document.elementFromPoint(x, y)) ?? otherwise;
}

export function targetOfElement(element: Element | null): ImportTarget | null {
  const entry = element?.closest<HTMLElement>("[data-drop]");
  const kind = entry?.dataset["drop"];
  if (kind === "generated") return { kind, gallery: null };
  if (kind === "reference") return { kind, gallery: entry?.dataset["dropGallery"] ?? null };
  return null;
}
