// Owns the search box: the typed text, what was not understood in it, and the choices
// of its filters. The results are a view like others.
import { commands } from "$ipc";
import type { Facets, View } from "../ipc/bindings";
import type { Complain } from "./outcomes";
import type { Library } from "./library.svelte";
import { favourites } from "./views";

/** How long typing has to pause before a search starts, in ms. */
const TYPING_PAUSE = 90;

export class ImageSearch {
  readonly #library: Library;
  readonly #complain: Complain;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #before: View = { view: "history" };

  /** typed, but not searched yet */
  #typed = $state<string | null>(null);
  /** what was not understood, in plain words */
  problems = $state.raw<readonly string[]>([]);
  facets = $state.raw<Facets | null>(null);
  /** called when a search begins from another view */
  begun: () => void = () => undefined;

  readonly text = $derived.by(() => {
    const { view } = this.#library;
    return this.#typed ?? (view.view === "search" ? view.query : "");
  });

  constructor(library: Library, complain: Complain) {
    this.#library = library;
    this.#complain = complain;
  }

  /** Takes the text of the box; it is searched when typing pauses. */
  type(text: string): void {
    this.#typed = text;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#run(text), TYPING_PAUSE);
  }

  /** Searches at once. */
  set(text: string): Promise<void> {
    this.#typed = text;
    clearTimeout(this.#pause);
    return this.#run(text);
  }

  /** Shows the favourites, whatever is searched. */
  async showFavourites(): Promise<void> {
    clearTimeout(this.#pause);
    this.#typed = null;
    this.problems = [];
    const { view } = this.#library;
    this.#before = view.view === "search" ? this.#before : view;
    await this.#library.showSearch(favourites);
  }

  clear(): void {
    void this.set("");
  }

  async #run(text: string): Promise<void> {
    const { view } = this.#library;
    if (view.view !== "search") {
      this.#before = view;
      this.begun();
    }
    if (text.trim() === "") {
      this.problems = [];
      if (view.view === "search" || this.#library.isArriving) this.#library.open(this.#before);
    } else {
      const within = this.#before.view === "feed" ? "feed" : "history";
      const explained = commands.explainSearch(text).catch(() => []);
      await this.#library.showSearch({ view: "search", query: text, within });
      const problems = await explained;
      // Only the newest text is explained.
      if (this.#typed === text || this.text === text) this.problems = problems;
    }
    if (this.#typed === text) this.#typed = null;
  }

  /** Reads the choices again each time, because every import changes them. */
  async offer(): Promise<void> {
    try {
      this.facets = await commands.searchFacets();
    } catch (error) {
      this.#complain(error);
    }
  }
}
