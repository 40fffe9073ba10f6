// Owns changes of images: shown at once, rolled back with a message if they fail.
import { commands } from "$ipc";
import type { Visibility } from "../ipc/bindings";
import type { Confirmation } from "../shared/confirmation.svelte";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import type { Library } from "./library.svelte";
import type { Change } from "./overlay.svelte";
import { didWithOffer, offerUndo } from "./offer-undo";
import { complaintOf, isDone, outcomesOf, type Outcomes, type Complain } from "./outcomes";
import type { UndoStep, Undo } from "./undo.svelte";
import { Wishes, type Send } from "./wishes";

/** What is wished for one image at a time. */
type Wished = "visibility" | "sensitive" | "favourite" | "rating";

const CACHES = "Browsers and CDNs may show cached copies for a while.";

/** Removes images, each with its own outcome. */
type RemoveImages = (ids: readonly string[]) => Promise<Outcomes>;

const toTrash: RemoveImages = (ids) => commands.removeImages([...ids], false);

/** An image with what it has of one part. */
type Having<Part extends Wished> = { id: string; now: NonNullable<Change[Part]> };

export class Edits {
  /** called with what a screen reader should say */
  announce: (text: string) => void = () => undefined;
  /** called when the artist makes images public */
  madePublic: () => void = () => undefined;

  readonly #library: Library;
  readonly #toasts: Toasts;
  readonly #confirmation: Confirmation;
  readonly #complain: Complain;
  readonly #undo: Undo;
  readonly #wishes: { [Part in Wished]: Wishes<NonNullable<Change[Part]>> };

  constructor(
    library: Library,
    toasts: Toasts,
    confirmation: Confirmation,
    complain: Complain,
    undo: Undo,
  ) {
    this.#undo = undo;
    this.#library = library;
    this.#toasts = toasts;
    this.#confirmation = confirmation;
    this.#complain = complain;
    this.#wishes = {
      visibility: this.#wishesFor("visibility", "visibility", commands.setVisibility),
      sensitive: this.#wishesFor("sensitive", "mark", commands.setSensitive),
      favourite: this.#wishesFor("favourite", "mark as favourite", commands.setFavourite),
      rating: this.#wishesFor("rating", "rating", commands.setRating),
    };
  }

  /** Sends the wishes for a part of images, and rolls back those that fail. */
  #wishesFor<Part extends Wished>(
    part: Part,
    name: string,
    send: Send<NonNullable<Change[Part]>>,
  ): Wishes<NonNullable<Change[Part]>> {
    return new Wishes<NonNullable<Change[Part]>>(
      (ids, value, insteadOf) =>
        this.#library.changeImages("changed", ids, () => send(ids, value, insteadOf)),
      ({ confirmed, failed }) => {
        this.#library.overlay.set(
          [...confirmed, ...failed].map(({ id }) => id),
          { [part]: undefined },
        );
        if (failed.length === 0) return;
        const whose = counted(failed.length, "image");
        this.#complain(failed[0]?.error, `The ${name} of ${whose} was not changed.`);
      },
    );
  }

  /** Shows a value at once, and sends it. Returns the images that got it. */
  #set<Part extends Wished>(
    part: Part,
    images: readonly Having<Part>[],
    value: NonNullable<Change[Part]>,
    guarded = false,
  ): Promise<string[]> {
    this.#library.overlay.set(
      images.map(({ id }) => id),
      { [part]: value },
    );
    return this.#wishes[part].wish(images, value, guarded);
  }

  /**
   * Changes images, as one step. Undoing and redoing it leaves those that were changed meanwhile, such as by the
   * command line.
   */
  #change<Part extends Wished>(
    part: Part,
    images: readonly Having<Part>[],
    value: NonNullable<Change[Part]>,
    what: string,
  ): void {
    void this.#set(part, images, value);
    /** the images that take part in the step: what is left once is left to whoever changed it */
    let taking = images;
    const take = (ids: readonly string[]) => {
      if (ids.length === 0) return false;
      const done = new Set(ids);
      taking = taking.filter(({ id }) => done.has(id));
      return true;
    };
    this.#undo.did({
      images: images.map(({ id }) => id),
      what,
      undo: async () => {
        // They had different values.
        const groups = new Map<NonNullable<Change[Part]>, Having<Part>[]>();
        for (const { id, now } of taking) {
          const group = groups.get(now) ?? [];
          group.push({ id, now: value });
          groups.set(now, group);
        }
        const undone = [...groups].map(([before, those]) => this.#set(part, those, before, true));
        return take((await Promise.all(undone)).flat());
      },
      redo: async () => take(await this.#set(part, taking, value, true)),
    });
  }

  /** Rates images with 1 to 5 stars; 0 removes the rating. */
  setRating(ids: readonly string[], rating: number): void {
    const { listing } = this.#library;
    const { all } = listing.images;
    const images = all
      .positionsOf(ids)
      .map((at) => ({ id: all.idAt(at), now: listing.ratingAt(at, all) }))
      .filter(({ now }) => now !== rating);
    this.announce(rating === 0 ? "No rating" : counted(rating, "star"));
    if (images.length === 0) return;
    const whose = counted(images.length, "image");
    const what =
      rating === 0
        ? `Removed the rating from ${whose}`
        : `Rated ${whose} with ${counted(rating, "star")}`;
    this.#change("rating", images, rating, what);
  }

  /** Makes images favourites, or no favourites. */
  setFavourite(ids: readonly string[], favourite: boolean): void {
    const { listing } = this.#library;
    const { all } = listing.images;
    const images = all
      .positionsOf(ids)
      .map((at) => ({ id: all.idAt(at), now: listing.favouriteAt(at, all) }))
      .filter(({ now }) => now !== favourite);
    this.announce(favourite ? "Favourite" : "No favourite");
    if (images.length === 0) return;
    const what = counted(images.length, "favourite");
    this.#change("favourite", images, favourite, `${favourite ? "Added" : "Removed"} ${what}`);
  }

  /** Makes all favourites, or none if all are. Returns whether they are favourites now. */
  toggleFavourite(ids: readonly string[]): boolean {
    const { listing } = this.#library;
    const { all } = listing.images;
    const favourite = !all.positionsOf(ids).every((at) => listing.favouriteAt(at, all));
    this.setFavourite(ids, favourite);
    return favourite;
  }

  /** Marks images as sensitive, or takes the mark away. References stay as they are. */
  setSensitive(ids: readonly string[], sensitive: boolean): void {
    const images = this.#markable(ids).filter(({ now }) => now !== sensitive);
    if (images.length === 0) return;
    const whose = counted(images.length, "image");
    const what = `Marked ${whose} as ${sensitive ? "sensitive" : "not sensitive"}`;
    this.#change("sensitive", images, sensitive, what);
  }

  /** Marks all, or takes the mark from all if all have it. */
  toggleSensitive(ids: readonly string[]): void {
    this.setSensitive(ids, !this.#markable(ids).every(({ now }) => now));
  }

  /** Returns the generated images among some, and whether they are sensitive. */
  #markable(ids: readonly string[]): { id: string; now: boolean }[] {
    const { listing } = this.#library;
    const { all } = listing.images;
    return all
      .positionsOf(ids)
      .filter((at) => all.kindAt(at) === "generated")
      .map((at) => ({ id: all.idAt(at), now: listing.sensitiveAt(at, all) }));
  }

  setVisibility(ids: readonly string[], visibility: Visibility): void {
    const images = this.#visible(ids).filter(({ now }) => now !== visibility);
    if (images.length === 0) return;
    const what = `Made ${counted(images.length, "image")} ${visibility}`;
    this.#change("visibility", images, visibility, what);
    if (visibility === "public") this.madePublic();
  }

  /** Makes all public, or unlisted if all are public. */
  toggleVisibility(ids: readonly string[]): void {
    const shown = this.#visible(ids).every(({ now }) => now === "public");
    this.setVisibility(ids, shown ? "unlisted" : "public");
  }

  /** Returns the generated images among some, with their visibility. */
  #visible(ids: readonly string[]): { id: string; now: Visibility }[] {
    const { listing } = this.#library;
    const { all } = listing.images;
    return all.positionsOf(ids).flatMap((at) => {
      const now = listing.visibilityAt(at, all);
      return now === null ? [] : [{ id: all.idAt(at), now }];
    });
  }

  /** Moves images to the trash. The toast offers to undo it. */
  async remove(ids: readonly string[], remove: RemoveImages = toTrash): Promise<void> {
    if (ids.length === 0) return;
    const removing = this.#takeAway(ids, remove);
    const moved = (count: number) => `Moved ${counted(count, "image")} to Trash`;
    const step: UndoStep = {
      images: ids,
      what: moved(ids.length),
      undo: async () => this.#bringBack((await removing).done),
      redo: async () => isDone(await this.#takeAway((await removing).done, remove)),
    };
    const offer = didWithOffer(this.#undo, this.#toasts, step);
    const { done, failed } = await removing;
    if (failed.length === 0) return;
    this.#toasts.dismiss(offer);
    step.what = moved(done.length);
    if (done.length === 0) this.#undo.forget(step);
    else offerUndo(this.#undo, this.#toasts, step);
  }

  async #takeAway(ids: readonly string[], remove: RemoveImages): Promise<Outcomes> {
    this.#library.overlay.set(ids, { removed: true });
    const outcomes = await outcomesOf(ids, () =>
      this.#library.changeImages("removed", ids, () => remove(ids)),
    );
    this.#settle(outcomes, { removed: undefined }, "not removed");
    return outcomes;
  }

  /** Returns whether any image was restored. */
  async #bringBack(ids: readonly string[]): Promise<boolean> {
    this.#library.overlay.set(ids, { removed: false });
    const outcomes = await outcomesOf(ids, () =>
      this.#library.changeImages("added", ids, () => commands.restoreImages([...ids])),
    );
    this.#settle(outcomes, { removed: undefined }, "not restored");
    const { done } = outcomes;
    if (done.length > 0)
      this.#toasts.show(`Restored ${counted(done.length, "image")}`, { isStep: true });
    return isDone(outcomes);
  }

  async restore(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#undo.did({
      what: `Restored ${counted(ids.length, "image")}`,
      undo: async () => isDone(await this.#takeAway(ids, toTrash)),
      redo: () => this.#bringBack(ids),
    });
    await this.#bringBack(ids);
  }

  async deletePermanently(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const yes = await this.#confirmation.ask({
      title: `Delete ${counted(ids.length, "image")} permanently?`,
      text: `The originals and their copies in the bucket are deleted, and their links stop working. ${CACHES} This cannot be undone.`,
      ok: "Delete permanently",
    });
    if (!yes) return;
    this.#library.overlay.set(ids, { gone: true });
    const outcomes = await outcomesOf(ids, () =>
      this.#library.changeImages("removed", ids, () => commands.removeImages([...ids], true)),
    );
    this.#settle(outcomes, { gone: undefined }, "not deleted");
  }

  async emptyTrash(): Promise<void> {
    const count = this.#library.counts?.trash ?? 0;
    const yes = await this.#confirmation.ask({
      title: "Empty the trash?",
      text: `${counted(count, "image")} and ${count === 1 ? "its copy" : "their copies"} in the bucket will be deleted permanently. ${CACHES} This cannot be undone.`,
      ok: "Empty trash",
    });
    if (!yes) return;
    try {
      this.#complainAbout(await commands.emptyTrash(), "not deleted");
    } catch (error) {
      this.#complain(error, "The trash was not emptied.", () => void this.emptyTrash());
    }
    await this.#library.apply({ added: [], changed: [], removed: [], reload: true });
  }

  /** Drops the unconfirmed changes of images, which were read again, and reports failures. */
  #settle(
    outcomes: Outcomes,
    unconfirmed: { removed?: undefined; gone?: undefined },
    what: string,
  ): void {
    const failed = outcomes.failed.map(({ id }) => id);
    this.#library.overlay.set([...outcomes.done, ...failed], unconfirmed);
    this.#complainAbout(outcomes, what);
  }

  #complainAbout(outcomes: Pick<Outcomes, "failed">, what: string): void {
    const complaint = complaintOf(outcomes, what);
    if (complaint) this.#complain(complaint.error, complaint.text);
  }
}
