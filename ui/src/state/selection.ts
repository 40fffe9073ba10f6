// Owns the arithmetic of selecting in an ordered list. No state, no DOM.

export type Selected = {
  ids: ReadonlySet<string>;
  /** where a range begins */
  anchor: string | null;
  /** where the keyboard is */
  active: string | null;
};
export type Reach = "only" | "toggle" | "range";

export const nothing: Selected = { ids: new Set(), anchor: null, active: null };

/** Returns the selection after an image was chosen by pointer or key. */
export function select(
  before: Selected,
  id: string,
  reach: Reach,
  order: readonly string[],
  indexOf: (id: string) => number,
): Selected {
  if (reach === "toggle") {
    const ids = new Set(before.ids);
    if (!ids.delete(id)) ids.add(id);
    return { ids, anchor: id, active: id };
  }
  const from = before.anchor === null ? -1 : indexOf(before.anchor);
  const to = indexOf(id);
  if (reach === "range" && from >= 0 && to >= 0) {
    const ids = new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1));
    return { ids, anchor: before.anchor, active: id };
  }
  return { ids: new Set([id]), anchor: id, active: id };
}

export function selectAll(before: Selected, order: readonly string[]): Selected {
  const first = order[0] ?? null;
  return { ids: new Set(order), anchor: before.anchor ?? first, active: before.active ?? first };
}

/** Returns the selection without images that are gone; the keyboard moves to `next`. */
export function without(
  before: Selected,
  gone: ReadonlySet<string>,
  next: string | null,
): Selected {
  const lost = (id: string | null) => id !== null && gone.has(id);
  if (![...before.ids].some(lost) && !lost(before.active) && !lost(before.anchor)) return before;
  const ids = new Set([...before.ids].filter((id) => !gone.has(id)));
  const active = lost(before.active) ? next : before.active;
  return { ids, active, anchor: lost(before.anchor) ? active : before.anchor };
}

/** Returns the image to go to when some disappear: the next that stays, else the one before. */
export function survivor(order: readonly string[], gone: ReadonlySet<string>): string | null {
  let last = -1;
  order.forEach((id, index) => {
    if (gone.has(id)) last = index;
  });
  if (last < 0) return null;
  for (let i = last + 1; i < order.length; i++)
    if (!gone.has(order[i] ?? "")) return order[i] ?? null;
  for (let i = last - 1; i >= 0; i--) if (!gone.has(order[i] ?? "")) return order[i] ?? null;
  return null;
}
