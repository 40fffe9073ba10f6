// Owns what actions may ask of the parts of the window. Each part attaches itself
// while it is on screen. Knows nothing of how they do it.

import type { Gap } from "./dragging";

export type Direction = "left" | "right" | "up" | "down" | "home" | "end" | "pageup" | "pagedown";

export type GridPart = {
  focus: () => void;
  /** brings an image on screen, by the shortest way */
  show: (index: number) => void;
  move: (direction: Direction, extend: boolean) => void;
  /** returns the gap between images at a point of the window, in px; null outside the grid */
  gapAt: (at: { x: number; y: number }) => Gap | null;
  /** returns where the picture with the keyboard is in the window, in px */
  pointOfActive: () => { x: number; y: number } | null;
};

/** The viewer, or the pictures that are compared. */
export type ViewerPart = {
  zoomBy: (factor: number) => void;
  fit: () => void;
  /** only for one picture */
  toggleZoom?: () => void;
  rotate?: () => void;
};

export class Parts {
  grid = $state.raw<GridPart | null>(null);
  viewer = $state.raw<ViewerPart | null>(null);
  searchBox = $state.raw<{ focus: () => void } | null>(null);

  /** Attaches a part until the returned function is called. */
  attach<Name extends "grid" | "viewer" | "searchBox">(
    name: Name,
    part: NonNullable<Parts[Name]>,
  ): () => void {
    const parts = this as Pick<Parts, Name>;
    parts[name] = part;
    return () => {
      // Another part may have replaced it already.
      if (parts[name] === part) parts[name] = null as Parts[Name];
    };
  }
}
