// Owns how a grid of any height is scrolled, although browsers limit the height of a
// box: the box shows a span of the grid, which moves along. Knows nothing of the DOM.

/** Browsers cap a box at about 33 million px. */
const LONGEST = 4_000_000;
/** How near to its ends the span moves along, in px. */
const EDGE = 200_000;

/** The span begins at `origin` and is `height` px long. */
export type Span = { origin: number; height: number };

export function spanHeight(total: number): number {
  return Math.min(total, LONGEST);
}

/** Returns the span that shows `top`: the same one unless `top` is near its ends. */
export function spanFor({ origin }: Span, top: number, viewHeight: number, total: number): Span {
  const height = spanHeight(total);
  const last = total - height;
  const here = Math.min(Math.max(0, origin), last);
  const isNearStart = here > 0 && top < here + EDGE;
  const isNearEnd = here < last && top + viewHeight > here + height - EDGE;
  if (!isNearStart && !isNearEnd) return { origin: here, height };
  const centred = Math.round(top + viewHeight / 2 - height / 2);
  return { origin: Math.min(Math.max(0, centred), last), height };
}
