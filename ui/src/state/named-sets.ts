// Owns changes of galleries or collections and of their images, each as one step
// that can be undone.
import { commands } from "$ipc";
import type { ActionReport, PlacedImages } from "../ipc/bindings";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import { movedTo } from "./arranging";
import type { Library } from "./library.svelte";
import { didWithOffer } from "./offer-undo";
import { complaintOf, isDone, outcomesOf, tried, type Complain } from "./outcomes";
import { findSet, isSameSet, setsOf, type NamedSet, type SetKind } from "./sets";
import type { Undo, UndoStep } from "./undo.svelte";
import { viewWithoutSet } from "./views";

type SetCommands = {
  create: (name: string) => Promise<NamedSet>;
  rename: (id: string, name: string) => Promise<NamedSet>;
  arrange: (ids: string[]) => Promise<NamedSet[]>;
  setCover: (id: string, cover: string | null) => Promise<NamedSet>;
  delete: (id: string) => Promise<null>;
  restore: (id: string) => Promise<NamedSet>;
  add: (id: string, images: string[]) => Promise<ActionReport>;
  take: (id: string, images: string[]) => Promise<ActionReport>;
  places: (id: string, images: string[]) => Promise<PlacedImages[]>;
  /** only if the artist orders the images */
  move?: (id: string, images: string[], before: string | null) => Promise<null>;
};

const commandsOf: Record<SetKind, SetCommands> = {
  gallery: {
    create: (name) => commands.createGallery(name),
    rename: (id, name) => commands.renameGallery(id, name),
    arrange: (ids) => commands.arrangeGalleries(ids),
    setCover: (id, cover) => commands.setGalleryCover(id, cover),
    delete: (id) => commands.deleteGallery(id),
    restore: (id) => commands.restoreGallery(id),
    add: (id, images) => commands.addToGallery(id, images),
    take: (id, images) => commands.takeFromGallery(id, images),
    places: (id, images) => commands.placesInGallery(id, images),
  },
  collection: {
    create: (name) => commands.createCollection(name),
    rename: (id, name) => commands.renameCollection(id, name),
    arrange: (ids) => commands.arrangeCollections(ids),
    setCover: (id, cover) => commands.setCollectionCover(id, cover),
    delete: (id) => commands.deleteCollection(id),
    restore: (id) => commands.restoreCollection(id),
    add: (id, images) => commands.addToCollection(id, images),
    take: (id, images) => commands.takeFromCollection(id, images),
    places: (id, images) => commands.placesInCollection(id, images),
    move: (id, images, before) => commands.moveInCollection(id, images, before),
  },
};

export class NamedSets {
  /** called when a set has another name, which saved searches follow */
  renamed: () => void = () => undefined;

  readonly kind: SetKind;
  readonly #commands: SetCommands;
  readonly #library: Library;
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  readonly #undo: Undo;

  constructor(kind: SetKind, library: Library, toasts: Toasts, complain: Complain, undo: Undo) {
    this.kind = kind;
    this.#commands = commandsOf[kind];
    this.#library = library;
    this.#toasts = toasts;
    this.#complain = complain;
    this.#undo = undo;
  }

  get all(): readonly NamedSet[] {
    return setsOf(this.#library, this.kind);
  }

  set #all(sets: readonly NamedSet[]) {
    this.#library.takeSets(this.kind, sets);
  }

  /** Returns the name of a set. */
  nameOf(id: string): string {
    return this.#find(id)?.name ?? `the ${this.kind}`;
  }

  #find(id: string): NamedSet | undefined {
    return findSet(this.#library, { kind: this.kind, id });
  }

  /** Adds images that are not in the set yet. */
  async addImages(id: string, ids: readonly string[]): Promise<void> {
    const members = await this.#membersAmong(id, ids);
    if (members === null) return;
    const isMember = new Set(members);
    const others = ids.filter((image) => !isMember.has(image));
    const name = this.nameOf(id);
    if (others.length === 0) {
      if (ids.length > 0) this.#toasts.show(`Already in ${name}`);
      return;
    }
    const words = (count: number) => `Added ${counted(count, "image")} to ${name}`;
    await this.#change(
      () => this.#commands.add(id, others),
      others,
      words,
      (added) => ({
        what: words(added.length),
        undo: () => this.#change(() => this.#commands.take(id, added), added, this.#tookFrom(id)),
        redo: () => this.#change(() => this.#commands.add(id, added), added, words),
      }),
    );
  }

  /** Removes images from the set. Undo puts them back where they were. */
  async removeImages(id: string, ids: readonly string[]): Promise<void> {
    const places = await this.#placesOf(id, ids);
    if (places === null) return;
    const members = places.flatMap(({ images }) => images);
    if (members.length === 0) return;
    const words = this.#tookFrom(id);
    await this.#change(
      () => this.#commands.take(id, members),
      members,
      words,
      (taken) => ({
        what: words(taken.length),
        undo: async () => {
          const added = (count: number) => `Added ${counted(count, "image")} to ${this.nameOf(id)}`;
          const isBack = await this.#change(() => this.#commands.add(id, taken), taken, added);
          if (isBack) await this.#putBack(id, places);
          return isBack;
        },
        redo: () => this.#change(() => this.#commands.take(id, taken), taken, words),
      }),
    );
  }

  #tookFrom(id: string): (count: number) => string {
    const name = this.nameOf(id);
    return (count) => `Removed ${counted(count, "image")} from ${name}`;
  }

  /**
   * Changes members, and says so; `step` makes the step that can be undone. Returns whether any
   * changed.
   */
  async #change(
    act: () => Promise<ActionReport>,
    ids: readonly string[],
    words: (count: number) => string,
    step?: (done: string[]) => UndoStep,
  ): Promise<boolean> {
    const outcomes = await outcomesOf(ids, () => this.#library.changeImages("changed", ids, act));
    const { done } = outcomes;
    if (done.length > 0) {
      // Register the undo before the toast appears.
      if (step) this.#undo.did(step(done));
      this.#toasts.show(words(done.length), { isStep: true });
    }
    const complaint = complaintOf(outcomes, "not changed");
    if (complaint) this.#complain(complaint.error, complaint.text);
    return isDone(outcomes);
  }

  async #placesOf(id: string, images: readonly string[]): Promise<PlacedImages[] | null> {
    try {
      return await this.#commands.places(id, [...images]);
    } catch (error) {
      this.#complain(error, `The ${this.kind} could not be read.`);
      return null;
    }
  }

  async #membersAmong(id: string, images: readonly string[]): Promise<string[] | null> {
    return (await this.#placesOf(id, images))?.flatMap((placed) => placed.images) ?? null;
  }

  /** Moves images of the set, in this order, in front of another one; to the end with null. */
  async moveImages(id: string, images: readonly string[], before: string | null): Promise<void> {
    const places = await this.#placesOf(id, images);
    if (places === null) return;
    const there = [{ images: [...images], before }];
    if (!(await this.#putBack(id, there))) return;
    this.#undo.did({
      what: `Moved ${counted(images.length, "image")} in ${this.nameOf(id)}`,
      undo: () => this.#putBack(id, places),
      redo: () => this.#putBack(id, there),
    });
  }

  /** Puts images of the set to their places. Only the artist orders collections. */
  async #putBack(id: string, places: readonly PlacedImages[]): Promise<boolean> {
    const { move } = this.#commands;
    if (!move) return true;
    const moveEach = async () => {
      for (const { images, before } of places) await move(id, images, before);
    };
    const done = await this.#tried(moveEach, "The images were not moved.");
    await this.#library.readOrder({ kind: this.kind, id });
    return done;
  }

  /** Creates a set, with images in it if some are given, as one step. Returns its id. */
  async create(name: string, images: readonly string[] = []): Promise<string | null> {
    let set: NamedSet;
    try {
      set = await this.#commands.create(name);
    } catch (error) {
      this.#complain(error, `The ${this.kind} was not created.`);
      return null;
    }
    const { id } = set;
    this.#all = [...this.all.filter((other) => other.id !== id), set];
    if (images.length > 0) {
      const words = (count: number) => `Added ${counted(count, "image")} to ${name}`;
      await this.#change(() => this.#commands.add(id, [...images]), images, words);
    }
    this.#undo.did({
      what: `Created ${name}`,
      undo: () => this.#delete(id),
      redo: () => this.#restore(id),
    });
    return id;
  }

  async rename(id: string, name: string): Promise<void> {
    const before = this.#find(id)?.name;
    if (before === undefined || before === name || !(await this.#name(id, name))) return;
    this.#undo.did({
      what: `Renamed ${before} to ${name}`,
      undo: () => this.#name(id, before),
      redo: () => this.#name(id, name),
    });
  }

  #name(id: string, name: string): Promise<boolean> {
    const rename = async () => {
      this.#replace(await this.#commands.rename(id, name));
      this.renamed();
    };
    return this.#tried(rename, `The ${this.kind} was not renamed.`);
  }

  /** Moves a set to a gap among the others; shown at once. */
  async moveTo(id: string, gap: number): Promise<void> {
    const before = this.all;
    const from = before.findIndex((set) => set.id === id);
    const moved = before[from];
    const after = movedTo(before, [from], gap);
    if (!moved || after.every((set, at) => set === before[at])) return;
    if (!(await this.#arrange(after))) return;
    this.#undo.did({
      what: `Moved ${moved.name}`,
      undo: () => this.#arrange(before),
      redo: () => this.#arrange(after),
    });
  }

  async #arrange(sets: readonly NamedSet[]): Promise<boolean> {
    const before = this.all;
    this.#all = sets;
    const arrange = async () =>
      (this.#all = await this.#commands.arrange(sets.map(({ id }) => id)));
    const done = await this.#tried(arrange, `The ${this.kind} was not moved.`);
    if (!done) this.#all = before;
    return done;
  }

  /** Chooses the cover of a set. */
  async setCover(id: string, cover: string): Promise<void> {
    const set = this.#find(id);
    if (!set || set.cover === cover) return;
    const before = set.cover;
    if (!(await this.#cover(id, cover))) return;
    this.#undo.did({
      what: `Chose a cover for ${set.name}`,
      undo: () => this.#cover(id, before),
      redo: () => this.#cover(id, cover),
    });
    this.#toasts.show(`This image now stands for ${set.name}`);
  }

  #cover(id: string, cover: string | null): Promise<boolean> {
    const choose = async () => this.#replace(await this.#commands.setCover(id, cover));
    return this.#tried(choose, "The cover was not changed.");
  }

  #tried(command: () => Promise<unknown>, complaint: string): Promise<boolean> {
    return tried(command, this.#complain, complaint);
  }

  #replace(set: NamedSet): void {
    this.#all = this.all.map((other) => (other.id === set.id ? set : other));
  }

  /** Deletes a set. Its images stay. The toast offers to undo it. */
  async delete(id: string): Promise<void> {
    const set = this.#find(id);
    if (!set || !(await this.#delete(id))) return;
    const step: UndoStep = {
      what: `Deleted the ${this.kind} ${set.name}`,
      undo: () => this.#restore(id),
      redo: () => this.#delete(id),
    };
    didWithOffer(this.#undo, this.#toasts, step, `${step.what}. Its images stay.`);
  }

  async #delete(id: string): Promise<boolean> {
    const remove = () => this.#commands.delete(id);
    if (!(await this.#tried(remove, `The ${this.kind} was not deleted.`))) return false;
    if (isSameSet(this.#library.set, { kind: this.kind, id })) {
      this.#library.open(viewWithoutSet(this.kind));
    }
    this.#all = this.all.filter((other) => other.id !== id);
    return true;
  }

  /** Restores a deleted set with its place, its cover and its images. */
  async #restore(id: string): Promise<boolean> {
    const restore = () => this.#commands.restore(id);
    const done = await this.#tried(restore, `The ${this.kind} was not restored.`);
    // Only the catalog knows its place.
    await this.#library.recount();
    return done;
  }
}
