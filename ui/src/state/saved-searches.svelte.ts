// Owns the saved searches of a profile, which are its smart collections, and changes
// of them, each as one step that can be undone.
import { commands } from "$ipc";
import type { SavedSearch } from "../ipc/bindings";
import type { Toasts } from "../shared/toasts.svelte";
import { movedTo } from "./arranging";
import { didWithOffer } from "./offer-undo";
import { tried, type Complain } from "./outcomes";
import type { ImageSearch } from "./search.svelte";
import type { Undo, UndoStep } from "./undo.svelte";

export class SavedSearches {
  readonly #search: ImageSearch;
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  readonly #undo: Undo;

  list = $state.raw<readonly SavedSearch[]>([]);
  /** a name for the search in the box is being typed, to save it */
  naming = $state(false);
  /** the name of the search whose query is changed in the box */
  editing = $state<string | null>(null);

  constructor(search: ImageSearch, toasts: Toasts, complain: Complain, undo: Undo) {
    this.#search = search;
    this.#toasts = toasts;
    this.#complain = complain;
    this.#undo = undo;
    search.begun = () => (this.editing = null);
  }

  #queryOf(name: string): string | undefined {
    return this.list.find((saved) => saved.name === name)?.query;
  }

  async load(): Promise<void> {
    try {
      this.list = (await commands.savedSearches()) ?? [];
    } catch (error) {
      this.#complain(error, "The saved searches could not be read.");
    }
  }

  /** Shows what a saved search finds. */
  async open({ query }: SavedSearch): Promise<void> {
    this.editing = null;
    await this.#search.set(query);
  }

  /** Opens a saved search to change its query in the search box. */
  async edit(saved: SavedSearch): Promise<void> {
    await this.open(saved);
    this.editing = saved.name;
  }

  /** Saves the query in the box under a name, in place of an earlier query of that name. */
  async save(name: string): Promise<void> {
    this.naming = false;
    const query = this.#search.text;
    if (name === "" || query.trim() === "") return;
    const before = this.#queryOf(name);
    if (!(await this.#put(name, query))) return;
    this.editing = null;
    const step: UndoStep = {
      what: before === undefined ? `Saved the search ${name}` : `Changed the search ${name}`,
      undo: () => (before === undefined ? this.#forget(name) : this.#put(name, before)),
      redo: () => this.#put(name, query),
    };
    this.#undo.did(step);
    this.#toasts.show(step.what);
  }

  /** Saves the query in the box in place of the one that is edited. */
  async saveEdited(): Promise<void> {
    if (this.editing !== null) await this.save(this.editing);
  }

  async #put(name: string, query: string): Promise<boolean> {
    return this.#take(() => commands.saveSearch({ name, query }), "The search could not be saved.");
  }

  #forget(name: string): Promise<boolean> {
    return this.#take(() => commands.forgetSearch(name), "The search could not be deleted.");
  }

  async #take(act: () => Promise<SavedSearch[]>, complaint: string): Promise<boolean> {
    return tried(async () => (this.list = await act()), this.#complain, complaint);
  }

  async rename(name: string, to: string): Promise<void> {
    if (to === name || !(await this.#rename(name, to))) return;
    this.#undo.did({
      what: `Renamed ${name} to ${to}`,
      undo: () => this.#rename(to, name),
      redo: () => this.#rename(name, to),
    });
  }

  async #rename(name: string, to: string): Promise<boolean> {
    const done = await this.#take(
      () => commands.renameSearch(name, to),
      "The search was not renamed.",
    );
    if (done && this.editing === name) this.editing = to;
    return done;
  }

  /** Moves a saved search to a gap among the others; shown at once. */
  async moveTo(name: string, gap: number): Promise<void> {
    const before = this.list;
    const from = before.findIndex((saved) => saved.name === name);
    const after = movedTo(before, [from], gap);
    if (from < 0 || after.every((saved, at) => saved === before[at])) return;
    if (!(await this.#arrange(after))) return;
    this.#undo.did({
      what: `Moved ${name}`,
      undo: () => this.#arrange(before),
      redo: () => this.#arrange(after),
    });
  }

  async #arrange(list: readonly SavedSearch[]): Promise<boolean> {
    const before = this.list;
    this.list = list;
    const names = list.map(({ name }) => name);
    const done = await this.#take(
      () => commands.arrangeSearches(names),
      "The search was not moved.",
    );
    if (!done) this.list = before;
    return done;
  }

  /** Deletes a saved search. The toast offers to undo it. */
  async delete(name: string): Promise<void> {
    const query = this.#queryOf(name);
    const before = this.list;
    if (query === undefined || !(await this.#forget(name))) return;
    if (this.editing === name) this.editing = null;
    const step: UndoStep = {
      what: `Deleted the search ${name}`,
      undo: async () => {
        const isBack = await this.#put(name, query);
        if (isBack) await this.#arrange(before);
        return isBack;
      },
      redo: () => this.#forget(name),
    };
    didWithOffer(this.#undo, this.#toasts, step);
  }
}
