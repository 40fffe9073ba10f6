// Lists to lay out, for tests.
import { packRatio, RATIO_UNIT } from "../state/image-index";
import type { Items, LayoutOptions } from "./layout";

/** Three squares of 100 px fill a row. */
export const laidOut: LayoutOptions = {
  width: 312,
  rowHeight: 100,
  gap: 6,
  headerHeight: 40,
  square: false,
  hasDays: true,
  unit: RATIO_UNIT,
};

export function itemsOf(list: readonly { ratio: number; moment: number }[]): Items {
  return {
    count: list.length,
    moments: Float64Array.from(list, ({ moment }) => moment),
    ratios: Uint16Array.from(list, ({ ratio }) => packRatio(ratio)),
  };
}

const NOON = new Date(2026, 10, 23, 12).getTime();
export const daysAgo = (days: number): number => NOON - days * 86_400_000;

export const squares = (count: number): Items =>
  itemsOf(Array.from({ length: count }, (_, at) => ({ ratio: 1, moment: NOON - at })));

/** A small generator with a fixed seed, so that a failure can be reproduced. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
