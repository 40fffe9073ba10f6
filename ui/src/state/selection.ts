// Owns the arithmetic of selecting in an ordered list of any length. Positions,
// not names: they follow the list as it changes. No state, no DOM.

import { counted, number } from "../shared/text";

export type Selected = {
  /** one for each position of the list: 1 when it is selected */
  marks: Uint8Array;
  count: number;
  /** where a range begins, or -1 */
  anchor: number;
  /** where the keyboard is, or -1 */
  active: number;
};
export type Reach = "only" | "toggle" | "range";

export const nothingSelected = (size = 0): Selected => ({
  marks: new Uint8Array(size),
  count: 0,
  anchor: -1,
  active: -1,
});

export const isSelected = (selected: Selected, at: number): boolean => selected.marks[at] === 1;

/** Returns the selection after a position was chosen by pointer or key. */
export function selectAt(before: Selected, at: number, reach: Reach): Selected {
  const size = before.marks.length;
  if (reach === "toggle") {
    const marks = before.marks.slice();
    const now = marks[at] === 1 ? 0 : 1;
    marks[at] = now;
    return { marks, count: before.count + (now === 1 ? 1 : -1), anchor: at, active: at };
  }
  const marks = new Uint8Array(size);
  const from = reach === "range" && before.anchor >= 0 ? before.anchor : at;
  const [first, end] = [Math.min(from, at), Math.max(from, at) + 1];
  marks.fill(1, first, end);
  return { marks, count: end - first, anchor: from, active: at };
}

/** Returns the selection of some positions, in addition to those selected before, if any. */
export function selectThese(
  these: readonly number[],
  size: number,
  beside: Selected | null,
): Selected {
  const marks = beside ? beside.marks.slice() : new Uint8Array(size);
  let count = beside ? beside.count : 0;
  for (const at of these) {
    if (marks[at] !== 1) count++;
    marks[at] = 1;
  }
  const last = these.at(-1) ?? beside?.active ?? -1;
  return { marks, count, anchor: these[0] ?? beside?.anchor ?? -1, active: last };
}

/** Returns how many are selected, in words: rows, and images if those are more. */
export function selectedWords(rows: number, images: number): string {
  const selected = `${number(rows)} selected`;
  return images > rows ? `${selected}, ${counted(images, "image")}` : selected;
}

export function selectAll(before: Selected): Selected {
  const size = before.marks.length;
  const first = size > 0 ? 0 : -1;
  return {
    marks: new Uint8Array(size).fill(1),
    count: size,
    anchor: before.anchor < 0 ? first : before.anchor,
    active: before.active < 0 ? first : before.active,
  };
}

export function selectNone(before: Selected): Selected {
  return { ...nothingSelected(before.marks.length), active: before.active };
}

/** Returns the selected positions in their order. */
export function selectedPositions({ marks, count }: Pick<Selected, "marks" | "count">): number[] {
  const found: number[] = [];
  for (let at = 0; at < marks.length && found.length < count; at++) {
    if (marks[at] === 1) found.push(at);
  }
  return found;
}

/** Returns where the keyboard goes: with its image, or to the next that stays, else the one before. */
function survivor(at: number, moves: Int32Array): number {
  for (let next = at; next >= 0 && next < moves.length; next++) {
    if ((moves[next] ?? -1) >= 0) return moves[next] ?? -1;
  }
  for (let last = Math.min(at, moves.length) - 1; last >= 0; last--) {
    if ((moves[last] ?? -1) >= 0) return moves[last] ?? -1;
  }
  return -1;
}

/** Returns the selection in a list that changed; `moves` says where each position went. */
export function followList(before: Selected, moves: Int32Array, size: number): Selected {
  const marks = new Uint8Array(size);
  let count = 0;
  if (before.count > 0) {
    for (let at = 0; at < moves.length; at++) {
      const to = moves[at] ?? -1;
      // Several rows may have become one.
      if (to < 0 || before.marks[at] !== 1 || marks[to] === 1) continue;
      marks[to] = 1;
      count++;
    }
  }
  const active = survivor(before.active, moves);
  const anchor = moves[before.anchor] ?? -1;
  return { marks, count, active, anchor: anchor < 0 ? active : anchor };
}
