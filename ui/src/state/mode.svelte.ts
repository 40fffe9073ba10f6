// Owns the mode of the window. Browsing and picking happen in the grid. The viewer
// and the comparison cover the grid, and closing them leads back to its mode.
import { Comparison } from "./comparison.svelte";

export type Mode = "browse" | "pick" | "view" | "compare";

/** The mode of the grid. In `pick`, a click on a reference copies its link instead of selecting it. */
type GridMode = "browse" | "pick";
type State =
  | { mode: GridMode }
  | { mode: "view"; over: GridMode }
  | { mode: "compare"; over: GridMode; comparison: Comparison };

export class PictureMode {
  #state = $state.raw<State>({ mode: "browse" });
  /** called after the viewer closed over the same list */
  viewed: () => void = () => undefined;

  get current(): Mode {
    return this.#state.mode;
  }

  /** the active image is in the viewer */
  get viewing(): boolean {
    return this.#state.mode === "view";
  }

  get picking(): boolean {
    return this.#state.mode === "pick";
  }

  /** the comparison, if there is one */
  get comparison(): Comparison | null {
    return this.#state.mode === "compare" ? this.#state.comparison : null;
  }

  get #inGrid(): GridMode {
    return "over" in this.#state ? this.#state.over : this.#state.mode;
  }

  view(): void {
    if (!this.viewing) this.#state = { mode: "view", over: this.#inGrid };
  }

  compare(ids: readonly string[]): void {
    this.#state = { mode: "compare", over: this.#inGrid, comparison: new Comparison(ids) };
  }

  /** Starts or ends picking. If the grid is covered, this shows once it is not. */
  togglePicking(): void {
    const mode = this.#inGrid === "pick" ? "browse" : "pick";
    this.#state = "over" in this.#state ? { ...this.#state, over: mode } : { mode };
  }

  /** Leaves a mode, if it is the current one. */
  leave(mode: Exclude<Mode, "browse">): void {
    if (this.#state.mode !== mode) return;
    this.#state = { mode: mode === "pick" ? "browse" : this.#inGrid };
    if (mode === "view") this.viewed();
  }

  /** Returns to the grid. Only references can be picked. */
  reset({ canPick }: { canPick: boolean }): void {
    const mode = canPick ? this.#inGrid : "browse";
    if (this.#state.mode !== mode) this.#state = { mode };
  }
}
