// Owns which pictures a frame drawn over the grid touches, and how fast the grid
// scrolls when it is drawn over its edge. Knows nothing of the DOM.
import { cellsOf, rowsTouching, type Layout } from "./layout";

export type Point = { x: number; y: number };
export type Frame = { left: number; top: number; right: number; bottom: number };

/** px a second for each px beyond the edge */
const PULL = 12;
const FASTEST = 3000;

export function frameOf(a: Point, b: Point): Frame {
  return {
    left: Math.min(a.x, b.x),
    top: Math.min(a.y, b.y),
    right: Math.max(a.x, b.x),
    bottom: Math.max(a.y, b.y),
  };
}

/** Returns the pictures that a frame touches, in their order. */
export function imagesWithin(layout: Layout, { left, top, right, bottom }: Frame): number[] {
  const { first, last } = rowsTouching(layout, top, bottom);
  const found: number[] = [];
  for (let row = first; row < last; row++) {
    for (const cell of cellsOf(layout, row)) {
      if (cell.left < right && cell.left + cell.width > left) found.push(cell.index);
    }
  }
  return found;
}

/** Returns px a second to scroll by, for a pointer at `y` of a window of that height. */
export function edgeSpeed(y: number, height: number): number {
  const beyond = y < 0 ? y : Math.max(0, y - height);
  return Math.max(-FASTEST, Math.min(FASTEST, beyond * PULL));
}
