// Owns the summary of several selected images. It is read once the selection rests,
// and a new selection cancels a query that is still running.
import { commands } from "$ipc";
import type { SelectionSummary } from "../../ipc/bindings";
import type { Selected } from "../../state/selection";

/** How long a selection has to stay the same until it rests, in ms. */
export const SELECTION_PAUSE = 150;
/** The host sums up no more images than this at once. */
export const MOST = 100_000;

/** What is selected, and the list it is selected in. */
export type Chosen = {
  selected: Selected;
  /** how many images that are */
  count: number;
  list: object;
  ids: () => string[];
};

export class Together {
  /** the selection that rests */
  selected = $state.raw<Selected | null>(null);
  summary = $state.raw<SelectionSummary | null>(null);
  error = $state.raw<unknown>(null);
  #chosen: Chosen | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #flying = false;

  /** Sums up a selection, or none. The same one again means that its images changed. */
  look(chosen: Chosen | null): void {
    const before = this.#chosen;
    this.#chosen = chosen;
    // The selection moved with its list: the summary stays until it is read again.
    const isOther = before?.list === chosen?.list && before?.selected !== chosen?.selected;
    if (chosen === null || before === null || isOther) this.#forget();
    clearTimeout(this.#timer);
    if (chosen !== null) this.#timer = setTimeout(() => void this.#read(chosen), SELECTION_PAUSE);
  }

  #forget(): void {
    this.selected = null;
    this.summary = null;
    this.error = null;
    this.#asked++;
    if (!this.#flying) return;
    this.#flying = false;
    // Asking about no images cancels a query that is still running.
    commands.selectionSummary([]).catch(() => undefined);
  }

  async #read({ selected, count, ids }: Chosen): Promise<void> {
    this.selected = selected;
    if (count > MOST) return;
    const asked = ++this.#asked;
    this.#flying = true;
    try {
      const summary = await commands.selectionSummary(ids());
      if (asked !== this.#asked) return;
      // The answer is null if a newer question was asked in the meantime.
      if (summary) this.summary = summary;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = error;
    } finally {
      if (asked === this.#asked) this.#flying = false;
    }
  }

  /** Asks again after a failure. */
  again(): void {
    if (this.#chosen) void this.#read(this.#chosen);
  }
}
