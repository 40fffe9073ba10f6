// Owns the arithmetic of lists without values to compare: which rows kept their order.

/**
 * Returns the moves without those of rows that overtook others, so that the rest keep their
 * order, and as many as possible are kept. -1 is a row that is gone.
 */
export function keptInOrder(moves: Int32Array): Int32Array {
  if (isInOrder(moves)) return moves;
  // The row that ends the best chain of each length, and the row before each one in its chain.
  const ends = new Int32Array(moves.length);
  const before = new Int32Array(moves.length).fill(-1);
  let longest = 0;
  for (let at = 0; at < moves.length; at++) {
    const to = moves[at] ?? -1;
    if (to < 0) continue;
    let [low, high] = [0, longest];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((moves[ends[middle] ?? 0] ?? 0) < to) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[at] = ends[low - 1] ?? -1;
    ends[low] = at;
    if (low === longest) longest++;
  }
  const kept = new Int32Array(moves.length).fill(-1);
  let at = longest > 0 ? (ends[longest - 1] ?? -1) : -1;
  while (at >= 0) {
    kept[at] = moves[at] ?? -1;
    at = before[at] ?? -1;
  }
  return kept;
}

function isInOrder(moves: Int32Array): boolean {
  let last = -1;
  for (const to of moves) {
    if (to < 0) continue;
    if (to <= last) return false;
    last = to;
  }
  return true;
}
