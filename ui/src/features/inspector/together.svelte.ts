// Owns what is known of many selected images together. It is asked for once the
// selection rests, and whoever selects on does not wait for what was asked before.
import { commands } from "$ipc";
import type { SelectionSummary } from "../../ipc/bindings";
import type { Selected } from "../../state/selection";

/** A selection rests when it stays the same for so long, in ms. */
export const SELECTION_PAUSE = 150;
/** The host sums up no more images than this at once. */
export const MOST = 100_000;

/** What is selected, and the list it is selected in. */
export type Chosen = { selected: Selected; list: object; ids: () => string[] };

export class Together {
  /** the selection that rests */
  selected = $state.raw<Selected | null>(null);
  summary = $state.raw<SelectionSummary | null>(null);
  error = $state.raw<unknown>(null);
  #chosen: Chosen | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #flying = false;

  /** Looks at a selection, or at none; the same one again means that its images changed. */
  look(chosen: Chosen | null): void {
    const before = this.#chosen;
    this.#chosen = chosen;
    // A list that changed takes its selection along: what is known holds until it is read again.
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

  async #read({ selected, ids }: Chosen): Promise<void> {
    this.selected = selected;
    if (selected.count > MOST) return;
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
