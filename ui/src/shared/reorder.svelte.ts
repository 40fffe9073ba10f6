// Owns dragging the entries of a list to another place with the pointer. Entries are
// elements with `data-entry`. Knows nothing of what they are.

/** The least px of a drag. */
const PULLED = 6;

/** Returns the gap at a height: how many entries have their middle above it. */
export function gapAt(middles: readonly number[], y: number): number {
  return middles.filter((middle) => middle < y).length;
}

export class Reorder {
  /** the entry that is dragged */
  dragged = $state<string | null>(null);
  /** the gap it would go to */
  gap = $state<number | null>(null);

  readonly #list: () => HTMLElement | undefined;
  readonly #move: (entry: string, gap: number) => void;
  #gripped: { entry: string; y: number } | null = null;
  /** The click that follows a drag would open something. */
  #ignoresClick = false;

  constructor(list: () => HTMLElement | undefined, move: (entry: string, gap: number) => void) {
    this.#list = list;
    this.#move = move;
  }

  readonly press = (event: PointerEvent): void => {
    this.#ignoresClick = false;
    const target = event.target as Element;
    const entry = target.closest<HTMLElement>("[data-entry]")?.dataset["entry"];
    if (event.button !== 0 || entry === undefined || target.closest("input")) return;
    this.#gripped = { entry, y: event.clientY };
  };

  readonly drag = (event: PointerEvent): void => {
    const gripped = this.#gripped;
    const list = this.#list();
    if (!gripped || !list) return;
    if (event.buttons !== 1) {
      this.cancel();
      return;
    }
    if (this.dragged === null) {
      if (Math.abs(event.clientY - gripped.y) < PULLED) return;
      list.setPointerCapture(event.pointerId);
      this.dragged = gripped.entry;
      this.#ignoresClick = true;
    }
    const middles = [...list.querySelectorAll("[data-entry]")].map((element) => {
      const { bottom, top } = element.getBoundingClientRect();
      return (top + bottom) / 2;
    });
    this.gap = gapAt(middles, event.clientY);
  };

  readonly release = (): void => {
    const { dragged, gap } = this;
    this.cancel();
    if (dragged !== null && gap !== null) this.#move(dragged, gap);
  };

  readonly cancel = (): void => {
    this.#gripped = null;
    this.dragged = this.gap = null;
  };

  readonly click = (event: MouseEvent): void => {
    if (!this.#ignoresClick) return;
    this.#ignoresClick = false;
    event.preventDefault();
    event.stopPropagation();
  };
}
