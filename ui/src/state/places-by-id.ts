// Owns finding many images of a packed list by their ids: a hash table without an object for
// each image, which a million images would make slow and large.

/** Four words for each image. */
type Ids = Uint32Array;

const EMPTY = -1;

/** Mixes all words, since those of images made one after the other differ in few of their bits. */
function hashAt(ids: Ids, at: number): number {
  let hash = 0;
  for (let word = at * 4; word < at * 4 + 4; word++) {
    hash = Math.imul(hash ^ (ids[word] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

export class PlacesById {
  readonly #ids: Ids;
  readonly #mask: number;
  /** how many images were taken */
  readonly count: number;
  /** places in the list, or `EMPTY`; at most half of them are used */
  readonly #slots: Int32Array;

  /** Takes the images for which `isLeftOut` is not 1. */
  constructor(ids: Ids, isLeftOut: Uint8Array) {
    this.#ids = ids;
    this.count = isLeftOut.reduce((sum, isOut) => sum - isOut, isLeftOut.length);
    let size = 2;
    while (size < this.count * 2) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size).fill(EMPTY);
    for (let place = 0; place < isLeftOut.length; place++) {
      if (isLeftOut[place] === 1) continue;
      let slot = hashAt(ids, place) & this.#mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = place;
    }
  }

  /** Returns where an image of another list is in this one, or -1. */
  find(others: Ids, at: number): number {
    const ids = this.#ids;
    for (let slot = hashAt(others, at) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = this.#slots[slot] ?? EMPTY;
      if (place === EMPTY || isSameId(ids, place, others, at)) return place;
    }
  }
}

/** Whether an image of one list is that of another. */
export function isSameId(ids: Ids, at: number, others: Ids, otherAt: number): boolean {
  // The last word is random, so it rarely matches by chance.
  for (let word = 3; word >= 0; word--) {
    if (ids[at * 4 + word] !== others[otherAt * 4 + word]) return false;
  }
  return true;
}
