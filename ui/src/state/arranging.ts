// Owns what moving entries of an ordered list does. A gap is a place between two
// entries, or at an end: 0 is before the first entry.

/** Returns the list after the entries at some positions moved together to a gap, in their order. */
export function movedTo<T>(list: readonly T[], positions: readonly number[], gap: number): T[] {
  const isMoved = new Set(positions);
  const stays = (_: T, at: number) => !isMoved.has(at);
  const before = list.slice(0, gap).filter(stays);
  const after = list.slice(gap).filter((_, at) => stays(_, at + gap));
  return [...before, ...list.filter((_, at) => isMoved.has(at)), ...after];
}

/**
 * Returns the gap to which positions, given in order, move by one place; null if they are together
 * at that end already.
 */
export function gapBeside(positions: readonly number[], by: 1 | -1, count: number): number | null {
  const [first, last] = [positions[0], positions.at(-1)];
  if (first === undefined || last === undefined) return null;
  const areTogether = last - first === positions.length - 1;
  // Entries that are apart come together first.
  if (!areTogether) return by === -1 ? first : last + 1;
  if (by === -1) return first === 0 ? null : first - 1;
  return last === count - 1 ? null : last + 2;
}
