// Owns what the pointer does in the grid: selecting, opening, drawing a frame
// around pictures, dragging them out, and scrolling at the edges.
import { untrack } from "svelte";
import type { App } from "../state/app.svelte";
import { isSelected, type Selected } from "../state/selection";
import { frameOf, edgeSpeed, imagesWithin, type Point } from "./marquee";
import type { Viewport } from "./viewport.svelte";

/** The least px of a frame, and of a drag. */
const DRAWN = 4;
const PULLED = 6;
/** How near to an edge a drag scrolls the grid, in px. */
const NEAR = 56;

/** Returns the position of the image under an event, or -1. */
function indexAt(event: Event): number {
  const tile = (event.target as Element).closest<HTMLElement>("[data-index]");
  return Number(tile?.dataset["index"] ?? -1);
}

/** Whether an event is on the badge that opens or closes a stack. */
const isOnStack = (event: Event) => (event.target as Element).closest("[data-stack]") !== null;

export class Gestures {
  readonly #app: App;
  readonly #viewport: Viewport;
  readonly #dragPoint: () => Point | null;

  /** The frame that is being drawn: its start in the grid, its end in the window, the selection before. */
  #drawing = $state.raw<{ from: Point; to: Point; beside: Selected | null } | null>(null);
  /** where the button went down on a picture that may be dragged */
  #gripped: { at: Point; index: number } | null = null;
  /** The click that follows a frame or a drag would select something else. */
  #ignoresClick = false;

  /** the frame in the grid, in px, once it is drawn far enough */
  readonly frame = $derived.by(() => {
    if (!this.#drawing) return null;
    const { from, to } = this.#drawing;
    const frame = frameOf(from, { x: to.x, y: to.y + this.#viewport.scrollTop });
    return frame.right - frame.left + frame.bottom - frame.top < DRAWN ? null : frame;
  });

  readonly #dragSpeed = $derived.by(() => {
    const { height, scroller } = this.#viewport;
    const dragPoint = this.#dragPoint();
    const view = dragPoint && scroller?.getBoundingClientRect();
    if (!dragPoint || !view || dragPoint.x < view.left || dragPoint.x > view.right) return 0;
    const y = dragPoint.y - view.top;
    return y < 0 || y > height ? 0 : edgeSpeed(y - NEAR, height - 2 * NEAR);
  });
  /** px a second, while a frame or a drag is at an edge */
  readonly #edgeSpeed = $derived.by(() =>
    this.#drawing ? edgeSpeed(this.#drawing.to.y, this.#viewport.height) : this.#dragSpeed,
  );

  /** `dragPoint` returns where images of this library are dragged over the window. */
  constructor(app: App, viewport: Viewport, dragPoint: () => Point | null) {
    this.#app = app;
    this.#viewport = viewport;
    this.#dragPoint = dragPoint;
  }

  /** Selects what the frame touches; for an effect. */
  selectFramed(): void {
    const { frame } = this;
    if (!frame) return;
    const touched = imagesWithin(this.#viewport.layout, frame);
    untrack(() => this.#app.selection.chooseThese(touched, this.#drawing?.beside ?? null));
  }

  /** Scrolls while something is at an edge; for an effect, ends with the returned function. */
  scrollAtEdge(): (() => void) | undefined {
    const speed = this.#edgeSpeed;
    if (speed === 0) return undefined;
    const viewport = this.#viewport;
    let last = performance.now();
    let next = requestAnimationFrame(function scroll(now) {
      viewport.scrollBy((speed * (now - last)) / 1000);
      last = now;
      next = requestAnimationFrame(scroll);
    });
    return () => cancelAnimationFrame(next);
  }

  readonly click = (event: MouseEvent): void => {
    if (this.#ignoresClick) {
      this.#ignoresClick = false;
      return;
    }
    const { mode, selection } = this.#app;
    const index = indexAt(event);
    if (index < 0) selection.chooseNone();
    else if (isOnStack(event)) this.#app.toggleStack(index);
    else if (mode.picking) this.#app.pick(this.#viewport.images.idAt(index));
    else {
      const isToggle = event.ctrlKey || event.metaKey;
      selection.choose(index, event.shiftKey ? "range" : isToggle ? "toggle" : "only");
    }
  };

  readonly open = (event: MouseEvent): void => {
    const index = indexAt(event);
    if (isOnStack(event)) return;
    if (this.#app.mode.picking || event.ctrlKey || event.shiftKey || event.metaKey) return;
    if (index >= 0) this.#app.selection.show(index);
  };

  /** Opens the menu of the selection. A picture that is not selected is selected first. */
  readonly menu = (event: MouseEvent): void => {
    event.preventDefault();
    const { selection } = this.#app;
    const index = indexAt(event);
    if (index < 0) return;
    if (!isSelected(selection.selected, index)) selection.choose(index, "only");
    this.#app.menu = { x: event.clientX, y: event.clientY };
  };

  readonly hover = (event: PointerEvent): void => {
    const index = indexAt(event);
    if (index >= 0) this.#viewport.hovered = index;
  };

  readonly press = (event: PointerEvent): void => {
    this.#ignoresClick = false;
    const { scroller, scrollTop } = this.#viewport;
    if (event.button !== 0 || !scroller) return;
    const index = indexAt(event);
    if (index >= 0) {
      this.#gripped = { at: { x: event.clientX, y: event.clientY }, index };
      return;
    }
    scroller.setPointerCapture(event.pointerId);
    const to = this.#pointOf(event);
    const adds = event.ctrlKey || event.metaKey || event.shiftKey;
    this.#drawing = {
      from: { x: to.x, y: to.y + scrollTop },
      to,
      beside: adds ? this.#app.selection.selected : null,
    };
  };

  readonly drag = (event: PointerEvent): void => {
    // A drag out of the window ends without an event, and the next press may not be reported either.
    if (event.buttons === 0) this.#ignoresClick = false;
    this.#pullOut(event);
    if (this.#drawing) this.#drawing = { ...this.#drawing, to: this.#pointOf(event) };
  };

  readonly release = (): void => {
    this.#gripped = null;
    if (this.frame) this.#ignoresClick = true;
    this.#drawing = null;
  };

  readonly cancel = (): void => {
    this.#drawing = null;
  };

  /** Returns where the pointer is: across in the grid, down in the window. */
  #pointOf(event: PointerEvent): Point {
    const box = this.#viewport.canvas?.getBoundingClientRect();
    const view = this.#viewport.scroller?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (view?.top ?? 0) };
  }

  /** Drags the selection out of the window, once it is pulled far enough. */
  #pullOut(event: PointerEvent): void {
    if (!this.#gripped || event.buttons !== 1) return;
    const { at, index } = this.#gripped;
    if (Math.hypot(event.clientX - at.x, event.clientY - at.y) < PULLED) return;
    this.#gripped = null;
    this.#ignoresClick = true;
    this.#viewport.hovered = -1;
    const { mode, selection } = this.#app;
    const isChosen = isSelected(selection.selected, index);
    if (!isChosen && !mode.picking) selection.choose(index, "only");
    const one = [this.#viewport.images.idAt(index)];
    void this.#app.dragOut(isChosen || !mode.picking ? selection.targets() : one);
  }
}
