// Counts how often a component would be drawn again.
import { flushSync } from "svelte";

/** Returns a counter for the runs of an effect that reads this, and how to end it. */
export function countDraws(read: () => unknown): { now: () => number; stop: () => void } {
  let draws = 0;
  const stop = $effect.root(() => {
    $effect(() => {
      read();
      draws++;
    });
  });
  return { now: () => (flushSync(), draws), stop };
}
