// Owns the speed of scrolling.

/** At a brisk speed small thumbnails are enough. In a rush, none is loaded. */
export type ScrollSpeed = "resting" | "brisk" | "rushing";

/** the speeds above which scrolling is brisk or a rush, in px a second */
const BRISK = 1200;
const RUSH = 6000;
/** how long after the last scroll the grid rests, in ms */
const SCROLL_PAUSE = 90;
/** Two scrolls further apart than this are jumps, in ms. */
const APART = 100;

export class ScrollSpeedMeter {
  current = $state<ScrollSpeed>("resting");
  #lastTop = 0;
  #lastTime = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** Notes a scroll to `top`, in px. */
  measure(top: number): void {
    const time = performance.now();
    const since = time - this.#lastTime;
    const speed = (Math.abs(top - this.#lastTop) / Math.max(1, since)) * 1000;
    // A single jump, however far, is not a rush.
    this.current = since >= APART || speed < BRISK ? "resting" : speed > RUSH ? "rushing" : "brisk";
    this.#lastTop = top;
    this.#lastTime = time;
    clearTimeout(this.#pause);
    if (this.current !== "resting") {
      this.#pause = setTimeout(() => (this.current = "resting"), SCROLL_PAUSE);
    }
  }
}
