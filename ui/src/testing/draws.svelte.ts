// Counts how often what a component would read changes.
import { flushSync } from "svelte";

/** Returns how many effects ran by now that read this, and what ends them. */
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
