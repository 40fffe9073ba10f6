// Owns changes of galleries and of their members, each as one step that can be
// undone.
import { commands } from "$ipc";
import type { ActionReport, Gallery } from "../ipc/bindings";
import type { Confirmation } from "../shared/confirmation.svelte";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import type { Complain } from "./edits.svelte";
import type { Library } from "./library.svelte";
import { complaintOf, outcomesOf } from "./outcomes";
import type { Undo } from "./undo.svelte";

export class Galleries {
  readonly #library: Library;
  readonly #toasts: Toasts;
  readonly #confirmation: Confirmation;
  readonly #complain: Complain;
  readonly #undo: Undo;

  constructor(
    library: Library,
    toasts: Toasts,
    confirmation: Confirmation,
    complain: Complain,
    undo: Undo,
  ) {
    this.#library = library;
    this.#toasts = toasts;
    this.#confirmation = confirmation;
    this.#complain = complain;
    this.#undo = undo;
  }

  async addImages(gallery: string, ids: readonly string[]): Promise<void> {
    await this.#changeMembers(gallery, ids, "add");
  }

  async removeImages(gallery: string, ids: readonly string[]): Promise<void> {
    await this.#changeMembers(gallery, ids, "take");
  }

  async #changeMembers(
    gallery: string,
    ids: readonly string[],
    how: "add" | "take",
  ): Promise<void> {
    const name = this.#library.galleries.find((each) => each.id === gallery)?.name ?? "the gallery";
    const add = (these: readonly string[], did?: (done: string[]) => void) =>
      this.#members(
        () => commands.addToGallery(gallery, [...these]),
        (done) => `Added ${counted(done, "image")} to ${name}`,
        these,
        did,
      );
    const take = (these: readonly string[], did?: (done: string[]) => void) =>
      this.#members(
        () => commands.takeFromGallery(gallery, [...these]),
        (done) => `Removed ${counted(done, "image")} from ${name}`,
        these,
        did,
      );
    const [act, back] = how === "add" ? [add, take] : [take, add];
    await act(ids, (done) => {
      const images = counted(done.length, "image");
      this.#undo.did({
        what: how === "add" ? `Added ${images} to ${name}` : `Removed ${images} from ${name}`,
        undo: () => back(done),
        redo: () => act(done),
      });
    });
  }

  async #members(
    act: () => Promise<ActionReport>,
    words: (done: number) => string,
    ids: readonly string[],
    did?: (done: string[]) => void,
  ): Promise<void> {
    const outcomes = await outcomesOf(ids, () => this.#library.changeImages("changed", ids, act));
    const { done } = outcomes;
    if (done.length > 0) {
      // Register the undo before the toast appears.
      did?.(done);
      this.#toasts.show(words(done.length));
    }
    const complaint = complaintOf(outcomes, "not changed");
    if (complaint) this.#complain(complaint.error, complaint.text);
  }

  async create(name: string): Promise<string | null> {
    try {
      const gallery = await commands.createGallery(name);
      const others = this.#library.galleries.filter((each) => each.id !== gallery.id);
      this.#library.galleries = [...others, gallery];
      return gallery.id;
    } catch (error) {
      this.#complain(error, "The gallery was not created.");
      return null;
    }
  }

  async rename(id: string, name: string): Promise<void> {
    const before = this.#library.galleries.find((each) => each.id === id)?.name;
    if (!(await this.#name(id, name)) || before === undefined || before === name) return;
    this.#undo.did({
      what: `Renamed ${before} to ${name}`,
      undo: async () => void (await this.#name(id, before)),
      redo: async () => void (await this.#name(id, name)),
    });
  }

  async #name(id: string, name: string): Promise<boolean> {
    try {
      this.#replace(await commands.renameGallery(id, name));
    } catch (error) {
      this.#complain(error, "The gallery was not renamed.");
      return false;
    }
    return true;
  }

  /** Moves a gallery up or down among the others; shown at once. */
  async move(id: string, by: 1 | -1): Promise<void> {
    const before = this.#library.galleries;
    const from = before.findIndex((each) => each.id === id);
    const moved = before[from];
    const other = before[from + by];
    if (!moved || !other) return;
    const after = before.map((each, at) => (at === from ? other : at === from + by ? moved : each));
    await this.#arrange(after);
    this.#undo.did({
      what: `Moved ${moved.name}`,
      undo: () => this.#arrange(before),
      redo: () => this.#arrange(after),
    });
  }

  async #arrange(galleries: readonly Gallery[]): Promise<void> {
    const before = this.#library.galleries;
    this.#library.galleries = [...galleries];
    try {
      this.#library.galleries = await commands.arrangeGalleries(galleries.map(({ id }) => id));
    } catch (error) {
      this.#library.galleries = before;
      this.#complain(error, "The gallery was not moved.");
    }
  }

  /** Chooses the cover of a gallery. */
  async setCover(id: string, cover: string): Promise<void> {
    const gallery = this.#library.galleries.find((each) => each.id === id);
    if (!gallery || gallery.cover === cover) return;
    const before = gallery.cover;
    if (!(await this.#cover(id, cover))) return;
    this.#undo.did({
      what: `Chose a cover for ${gallery.name}`,
      undo: async () => void (await this.#cover(id, before)),
      redo: async () => void (await this.#cover(id, cover)),
    });
    this.#toasts.show(`This image now stands for ${gallery.name}`);
  }

  async #cover(id: string, cover: string | null): Promise<boolean> {
    try {
      this.#replace(await commands.setGalleryCover(id, cover));
    } catch (error) {
      this.#complain(error, "The cover was not changed.");
      return false;
    }
    return true;
  }

  #replace(gallery: Gallery): void {
    this.#library.galleries = this.#library.galleries.map((each) =>
      each.id === gallery.id ? gallery : each,
    );
  }

  async delete(id: string): Promise<void> {
    const gallery = this.#library.galleries.find((each) => each.id === id);
    if (!gallery) return;
    const yes = await this.#confirmation.ask({
      title: `Delete the gallery ${gallery.name}?`,
      text: "Its images stay in All references.",
      ok: "Delete gallery",
    });
    if (!yes) return;
    try {
      await commands.deleteGallery(id);
      if (this.#library.gallery === id) {
        this.#library.open({ view: "references", gallery: null });
      }
      this.#library.galleries = this.#library.galleries.filter((each) => each.id !== id);
    } catch (error) {
      this.#complain(error, "The gallery was not deleted.");
    }
  }
}
