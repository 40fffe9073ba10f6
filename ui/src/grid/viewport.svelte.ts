// Owns the part of the grid that is on screen: where the reader is, which rows and
// days are drawn there, and that the place does not jump when the list changes.
// Scrolls the box of the grid, and knows nothing else of the DOM.
import { untrack } from "svelte";
import type { App } from "../state/app.svelte";
import { RATIO_UNIT, type ImageIndex } from "../state/image-index";
import type { ScrollAnchor } from "../state/last-place";
import type { Listing } from "../state/listing.svelte";
import { anchorOf, AT_TOP, followAnchor, topToReveal, topFor, type Anchor } from "./anchor";
import { cellsOf, daysTouching, firstRowBelow, rowsTouching, type Layout } from "./layout";
import { Layouts } from "./layouts";
import type { Point } from "./marquee";
import { ScrollSpeedMeter } from "./scroll-speed.svelte";
import { spanFor, spanHeight, type Span } from "./scroll-span";

const GAP = 6;
/** px of a day's header at the usual size of text */
const HEADER = 40;
/** px above the pictures of a view without days */
const MARGIN = 12;
/** Most pictures are up to half as long again as their row is high. */
const LONGER = 1.5;

export class Viewport {
  readonly #app: App;
  readonly #layouts = new Layouts();
  readonly scrollSpeed = new ScrollSpeedMeter();

  /** the box that scrolls, and what it scrolls */
  scroller = $state<HTMLElement>();
  canvas = $state<HTMLElement>();
  width = $state(0);
  height = $state(0);
  /** where the reader is in the whole grid, in px */
  scrollTop = $state(0);
  span = $state.raw<Span>({ origin: 0, height: 0 });
  /** the image under the pointer, or -1; reset when the grid moves */
  hovered = $state(-1);

  readonly listing = $derived.by((): Listing => this.#app.library.listing);
  readonly images = $derived.by((): ImageIndex => this.listing.images);
  /** the pictures are grouped by day */
  readonly hasDays = $derived.by(() => this.images.isByDate);
  /** px of a day's header, which grows with the text */
  readonly header = $derived.by(() =>
    this.hasDays ? Math.round((HEADER * this.#app.preferences.textSize) / 100) : MARGIN,
  );
  readonly layout = $derived.by(() => {
    const { size, square } = this.#app.preferences;
    return this.#layouts.layOut(this.images, this.listing.wentTo, {
      width: this.width,
      rowHeight: size,
      gap: GAP,
      headerHeight: this.header,
      square,
      hasDays: this.hasDays,
      unit: RATIO_UNIT,
    });
  });
  readonly canvasHeight = $derived(spanHeight(this.layout.height));

  /** px that are drawn above and below the screen */
  readonly #ahead = $derived(Math.max(200, this.height * 0.5));
  readonly #seenRows = $derived.by(() => {
    const { height, layout, scrollTop } = this;
    return rowsTouching(layout, scrollTop - this.#ahead, scrollTop + height + this.#ahead);
  });
  readonly #seenDays = $derived.by(() => {
    const { height, layout, scrollTop } = this;
    return daysTouching(layout, scrollTop - this.#ahead, scrollTop + height + this.#ahead);
  });
  // Numbers, so that what depends on them is computed only when they change.
  readonly from = $derived(this.#seenRows.first);
  readonly to = $derived(this.#seenRows.last);
  readonly #firstDay = $derived(this.#seenDays.first);
  readonly #lastDay = $derived(this.#seenDays.last);

  #mostRows = $state(1);
  /** Slots are handed out in turn, so a row keeps its nodes while it is on screen. */
  readonly slots = $derived(Math.max(this.#mostRows, this.to - this.from));
  readonly rows = $derived.by(() => {
    const { from, layout, to } = this;
    return Array.from({ length: to - from }, (_, i) => ({
      index: from + i,
      top: layout.rowTops[from + i] ?? 0,
      height: layout.rowHeights[from + i] ?? 0,
      cells: cellsOf(layout, from + i),
    }));
  });
  readonly days = $derived.by(() => {
    const { layout, listing } = this;
    if (!this.hasDays) return [];
    const first = this.#firstDay;
    return layout.sections.slice(first, this.#lastDay).map((section, i) => ({
      section,
      index: first + i,
      // The last day may continue in images that have not arrived.
      whole: listing.complete || first + i < layout.sections.length - 1,
    }));
  });
  // "Today" is updated with each change of the list.
  readonly now = $derived.by(() => (void this.images, Date.now()));

  readonly sharpness = $derived.by(() => {
    const longest = this.#app.preferences.size * LONGER * (window.devicePixelRatio || 1);
    if (longest <= 256) return "small";
    return longest <= 640 ? "thumbnail" : "large";
  });

  /** held while the layout changes, until the reader scrolls */
  #anchor: Anchor | null = null;
  #shown: { listing: Listing; images: ImageIndex; layout: Layout } | null = null;
  /** where the reader was in this view, until it is known whether that still exists */
  #sought: ScrollAnchor | null = null;

  constructor(app: App) {
    this.#app = app;
  }

  /** Notes how many rows were on screen at once; for an effect before rows are drawn. */
  keepSlots(): void {
    const { slots } = this;
    if (slots > untrack(() => this.#mostRows)) this.#mostRows = slots;
  }

  /** Asks for the tiles on screen once scrolling rests; for an effect. */
  wantDetails(): void {
    const { from, images, layout, listing, to } = this;
    void [images, listing.doubts];
    if (this.scrollSpeed.current === "rushing" || to === from) return;
    const [first, end] = [layout.rowFirsts[from] ?? 0, layout.rowFirsts[to] ?? 0];
    untrack(() => listing.want(first, end));
  }

  /** Keeps the reader's place after a change of the layout; for an effect, before it is painted. */
  holdPlace(): void {
    const { images, layout, listing } = this;
    untrack(() => {
      const before = this.#shown;
      this.#shown = { listing, images, layout };
      this.hovered = -1;
      if (this.width === 0) return;
      if (!before || before.listing !== listing) {
        this.#anchor = null;
        this.#sought = this.#app.library.placeIn(listing.view);
        if (!this.#goToSought()) this.#put(0);
      } else if (before.layout !== layout && !this.#goToSought()) {
        this.#follow(before, images, layout);
      }
      listing.wentTo.forget();
    });
  }

  #follow(
    before: { images: ImageIndex; layout: Layout },
    images: ImageIndex,
    layout: Layout,
  ): void {
    const { scrollTop, height: viewHeight } = this;
    const { active } = this.#app.selection.selected;
    const isReordered = !images.isOrderedAs(before.images);
    const { wentTo } = this.listing;
    let moves: Int32Array | null = null;
    if (before.images !== images) {
      moves = wentTo[isReordered ? "all" : "kept"](before.images, images);
    }
    const prefer = moves === null ? active : isReordered ? moves.indexOf(active) : -1;
    if (isReordered) this.#anchor = null;
    this.#anchor ??= anchorOf({ layout: before.layout, scrollTop, viewHeight }, prefer);
    if (this.#anchor && moves) this.#anchor = followAnchor(this.#anchor, moves);
    this.#put(this.#anchor ? topFor(layout, this.#anchor) : Math.min(scrollTop, AT_TOP));
  }

  /** Returns to where the reader was. False if that place does not exist, or not yet. */
  #goToSought(): boolean {
    if (!this.#sought) return false;
    const { id, offset } = this.#sought;
    const index = this.listing.rowOf(id);
    if (index >= 0 || this.listing.complete) this.#sought = null;
    if (index < 0) return false;
    this.#put(topFor(this.layout, { index, offset }));
    return true;
  }

  /** Shows a place of the grid: the box is scrolled, and its span moved along where needed. */
  #put(top: number): void {
    const { canvas, height, layout, scroller } = this;
    if (!scroller) return;
    const held = Math.min(Math.max(0, top), Math.max(0, layout.height - height + AT_TOP));
    const span = spanFor(this.span, held, height, layout.height);
    this.span = span;
    // The box has to have its height before it can be scrolled so far.
    if (canvas) canvas.style.height = `${span.height}px`;
    const within = held - span.origin;
    if (Math.abs(scroller.scrollTop - within) > 0.5) scroller.scrollTop = within;
    this.#note(span.origin + scroller.scrollTop);
  }

  #note(top: number): void {
    const { images, layout, listing } = this;
    this.scrollTop = top;
    listing.atTop = top <= AT_TOP;
    if (listing.atTop) listing.seenTop();
    const row = firstRowBelow(layout, top + this.header);
    const place =
      listing.atTop || row >= layout.rows
        ? null
        : {
            id: images.idAt(layout.rowFirsts[row] ?? -1),
            offset: (layout.rowTops[row] ?? 0) - top,
          };
    if (!this.#sought) this.#app.library.keepPlace(listing.view, place);
  }

  /** Returns where a point of the window is in the grid, in px; null outside of it. */
  pointIn({ x, y }: Point): Point | null {
    const box = this.canvas?.getBoundingClientRect();
    const view = this.scroller?.getBoundingClientRect();
    if (!box || !view || x < view.left || x > view.right || y < view.top || y > view.bottom)
      return null;
    return { x: x - box.left, y: y - box.top + this.span.origin };
  }

  #releaseAnchor(): void {
    this.#anchor = this.#sought = null;
  }

  /** Notes that the reader scrolled the box. */
  scrolled(): void {
    if (!this.scroller) return;
    const { height, layout, span } = this;
    const top = span.origin + this.scroller.scrollTop;
    // Scrolls that this class caused are already known.
    if (Math.abs(top - this.scrollTop) > 0.5) {
      this.#releaseAnchor();
      this.hovered = -1;
      const moved = spanFor(span, top, height, layout.height);
      if (moved.origin === span.origin) this.#note(top);
      else this.#put(top);
    }
    this.scrollSpeed.measure(this.scrollTop);
  }

  /** Brings an image on screen, by the shortest way. */
  show(index: number): void {
    if (index < 0) return;
    this.#releaseAnchor();
    this.#put(topToReveal(this.layout, index, this.scrollTop, this.height, this.header));
  }

  jump(top: number): void {
    this.#releaseAnchor();
    this.#put(top);
    this.scrollSpeed.measure(this.scrollTop);
  }

  /** Scrolls by some px. */
  scrollBy(px: number): void {
    this.#releaseAnchor();
    this.#put(this.scrollTop + px);
  }

  /** Returns the first image of the first row that is below a day's header, or -1. */
  firstSeen(): number {
    const { layout } = this;
    return layout.rowFirsts[firstRowBelow(layout, this.scrollTop + this.header)] ?? -1;
  }
}
