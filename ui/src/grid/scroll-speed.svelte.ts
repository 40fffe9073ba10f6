// Owns how fast the pictures scroll by.

/** At a brisk speed small pictures will do, in a rush none is seen. */
export type ScrollSpeed = "resting" | "brisk" | "rushing";

/** px a second beyond which small pictures will do, and beyond which none is worth asking for */
const BRISK = 1200;
const RUSH = 6000;
/** how long nothing may scroll before scrolling is over, in ms */
const SCROLL_PAUSE = 90;
/** Two scrolls further apart than this are jumps, in ms. */
const APART = 100;

export class ScrollSpeedMeter {
  current = $state<ScrollSpeed>("resting");
  #lastTop = 0;
  #lastTime = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** Takes notice of a scroll to `top`, in px. */
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
