// Owns changes of images: shown at once, rolled back with a message if they fail.
import { commands } from "$ipc";
import type { Visibility } from "../ipc/bindings";
import type { Confirmation } from "../shared/confirmation.svelte";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import type { Library } from "./library.svelte";
import type { Change } from "./overlay.svelte";
import { didWithOffer } from "./offer-undo";
import { complaintOf, isDone, outcomesOf, stays, type Outcomes, type Complain } from "./outcomes";
import type { UndoStep, Undo } from "./undo.svelte";
import { Wishes } from "./wishes";

/** What is wished for one image at a time. */
type Wished = "visibility" | "sensitive" | "favourite" | "rating";

const MOST_STARS = 5;

const CACHES = "Browsers and CDNs may show cached copies for a while.";

/** Removes images, each with its own outcome. */
type RemoveImages = (ids: readonly string[]) => Promise<Outcomes>;

const toTrash: RemoveImages = (ids) => commands.removeImages([...ids], false);

/** Wishes a value for images. Returns whether any wish came true, or there was nothing to wish for. */
async function wishedAny<V>(
  wishes: Wishes<V>,
  images: readonly { id: string; now: V }[],
  value: V,
): Promise<boolean> {
  return images.length === 0 || (await wishes.wish(images, value));
}

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
  readonly #visibility: Wishes<Visibility>;
  readonly #sensitive: Wishes<boolean>;
  readonly #favourite: Wishes<boolean>;
  readonly #rating: Wishes<number>;

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
    this.#visibility = this.#wishesFor("visibility", "visibility", commands.setVisibility);
    this.#sensitive = this.#wishesFor("sensitive", "mark", commands.setSensitive);
    this.#favourite = this.#wishesFor("favourite", "mark as favourite", commands.setFavourite);
    this.#rating = this.#wishesFor("rating", "rating", commands.setRating);
  }

  /** Sends the wishes for a part of images, and rolls back those that fail. */
  #wishesFor<Part extends Wished>(
    part: Part,
    name: string,
    send: (ids: string[], value: NonNullable<Change[Part]>) => Promise<Outcomes>,
  ): Wishes<NonNullable<Change[Part]>> {
    return new Wishes<NonNullable<Change[Part]>>(
      (ids, value) => this.#library.changeImages("changed", ids, () => send(ids, value)),
      ({ confirmed, failed }) => {
        this.#library.overlay.set(
          [...confirmed, ...failed].map(({ id }) => id),
          { [part]: undefined },
        );
        if (failed.length === 0) return;
        const whose = failed.length > 1 ? ` of ${counted(failed.length, "image")}` : "";
        this.#complain(failed[0]?.error, `The ${name}${whose} was not changed.`);
      },
    );
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
    const set = (wished: readonly { id: string; now: number }[], to: number) => {
      this.#library.overlay.set(
        wished.map(({ id }) => id),
        { rating: to },
      );
      return wishedAny(this.#rating, wished, to);
    };
    void set(images, rating);
    const whose = counted(images.length, "image");
    this.#undo.did({
      images: images.map(({ id }) => id),
      what:
        rating === 0
          ? `Removed the rating from ${whose}`
          : `Rated ${whose} with ${counted(rating, "star")}`,
      undo: async () => {
        const ours = images.map(({ id }) => ({ id, now: rating }));
        const still = new Set(this.#still("rating", ours).map(({ id }) => id));
        // They had different ratings.
        const changes: Promise<boolean>[] = [];
        for (let before = 0; before <= MOST_STARS; before++) {
          const those = images.filter(({ id, now }) => now === before && still.has(id));
          const rated = those.map(({ id }) => ({ id, now: rating }));
          if (rated.length > 0) changes.push(set(rated, before));
        }
        return changes.length === 0 || (await Promise.all(changes)).includes(true);
      },
      redo: () => set(this.#still("rating", images), rating),
    });
  }

  /** Makes images favourites, or no favourites. */
  setFavourite(ids: readonly string[], favourite: boolean): void {
    const { listing } = this.#library;
    const { all } = listing.images;
    const changed = all
      .positionsOf(ids)
      .filter((at) => listing.favouriteAt(at, all) !== favourite)
      .map((at) => all.idAt(at));
    this.announce(favourite ? "Favourite" : "No favourite");
    if (changed.length === 0) return;
    const set = (to: boolean, those: readonly { id: string; now: boolean }[]) => {
      this.#library.overlay.set(
        those.map(({ id }) => id),
        { favourite: to },
      );
      return wishedAny(this.#favourite, those, to);
    };
    const having = (now: boolean) => changed.map((id) => ({ id, now }));
    void set(favourite, having(!favourite));
    const what = counted(changed.length, "favourite");
    this.#undo.did({
      images: changed,
      what: favourite ? `Added ${what}` : `Removed ${what}`,
      // Images that already had the mark are not among them.
      undo: () => set(!favourite, this.#still("favourite", having(favourite))),
      redo: () => set(favourite, this.#still("favourite", having(!favourite))),
    });
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
    const changed = images.map(({ id }) => id);
    const set = (to: boolean, those: readonly { id: string; now: boolean }[]) => {
      this.#library.overlay.set(
        those.map(({ id }) => id),
        { sensitive: to },
      );
      return wishedAny(this.#sensitive, those, to);
    };
    const having = (now: boolean) => changed.map((id) => ({ id, now }));
    void set(sensitive, images);
    const whose = counted(changed.length, "image");
    this.#undo.did({
      images: changed,
      what: sensitive ? `Marked ${whose} as sensitive` : `Marked ${whose} as not sensitive`,
      // Images that already had the mark are not among them.
      undo: () => set(!sensitive, this.#still("sensitive", having(sensitive))),
      redo: () => set(sensitive, this.#still("sensitive", having(!sensitive))),
    });
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
    const changed = images.map(({ id }) => id);
    const other = visibility === "public" ? "unlisted" : "public";
    const having = (now: Visibility) => changed.map((id) => ({ id, now }));
    void this.#wish(images, visibility);
    if (visibility === "public") this.madePublic();
    this.#undo.did({
      images: changed,
      what: `Made ${counted(changed.length, "image")} ${visibility}`,
      // Images that already had it are not among them, so all of these had the other.
      undo: () => this.#wish(this.#still("visibility", having(visibility)), other),
      redo: () => this.#wish(this.#still("visibility", having(other)), visibility),
    });
  }

  #wish(
    images: readonly { id: string; now: Visibility }[],
    visibility: Visibility,
  ): Promise<boolean> {
    this.#library.overlay.set(
      images.map(({ id }) => id),
      { visibility },
    );
    return wishedAny(this.#visibility, images, visibility);
  }

  /**
   * Returns the images that still have what a step left them with. Others were changed meanwhile, such as by
   * the command line; they stay as they are, and a message says so. An image outside the list counts as
   * unchanged.
   */
  #still<Part extends Wished, Value extends NonNullable<Change[Part]>>(
    part: Part,
    images: readonly { id: string; now: Value }[],
  ): readonly { id: string; now: Value }[] {
    const { listing } = this.#library;
    const { all } = listing.images;
    const now = (at: number) =>
      ({
        rating: () => listing.ratingAt(at, all),
        favourite: () => listing.favouriteAt(at, all),
        sensitive: () => listing.sensitiveAt(at, all),
        visibility: () => listing.visibilityAt(at, all),
      })[part]();
    const expected = new Map(images.map((image) => [image.id, image.now]));
    const others = new Set(
      all
        .positionsOf(images.map(({ id }) => id))
        .filter((at) => now(at) !== expected.get(all.idAt(at)))
        .map((at) => all.idAt(at)),
    );
    if (others.size > 0) this.#toasts.show(stays(others.size));
    return images.filter(({ id }) => !others.has(id));
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
    const step: UndoStep = {
      images: ids,
      what: `Moved ${counted(ids.length, "image")} to Trash`,
      undo: async () => this.#bringBack((await removing).done),
      redo: async () => isDone(await this.#takeAway((await removing).done, remove)),
    };
    didWithOffer(this.#undo, this.#toasts, step);
    await removing;
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
