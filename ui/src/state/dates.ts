// Owns the dates that an artist sets: set and reverted for many images at once,
// each as one step that can be undone.
import { commands } from "$ipc";
import type { DateChange, DatedImage } from "../ipc/bindings";
import { readMoment } from "../shared/moments";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import { didWithOffer } from "./offer-undo";
import { complaintOf, exchange, isDone, type Complain } from "./outcomes";
import type { UndoStep, Undo } from "./undo.svelte";

export class Dates {
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  readonly #undo: Undo;

  constructor(toasts: Toasts, complain: Complain, undo: Undo) {
    this.#toasts = toasts;
    this.#complain = complain;
    this.#undo = undo;
  }

  /** Returns what saves a written date of these images, whichever are selected then. */
  dateOf(ids: readonly string[]): (text: string) => Promise<void> {
    return async (text) => {
      const at = readMoment(text);
      if (at !== null) await this.set(ids, at);
    };
  }

  /** Sets when images were made. */
  set(ids: readonly string[], at: number): Promise<void> {
    return this.#change(ids, "Set the date of", () => commands.setMade([...ids], at));
  }

  /** Reverts to the dates from the files. */
  revert(ids: readonly string[]): Promise<void> {
    return this.#change(ids, "Reverted the date of", () => commands.revertMade([...ids]));
  }

  async #change(
    ids: readonly string[],
    did: string,
    act: () => Promise<DateChange>,
  ): Promise<void> {
    if (ids.length === 0) return;
    const { before } = await this.#tried(act);
    if (before.length === 0) return;
    const what = `${did} ${counted(before.length, "image")}`;
    const put = (dates: DatedImage[]) => this.#tried(() => commands.putMade(dates));
    const step: UndoStep = { what, ...exchange(before, put) };
    // An image with another date is elsewhere in the list.
    didWithOffer(this.#undo, this.#toasts, step);
  }

  /** Returns the previous dates of the images that were changed, and whether any were. */
  async #tried(act: () => Promise<DateChange>): Promise<{ before: DatedImage[]; isDone: boolean }> {
    try {
      const { report, before } = await act();
      const complaint = complaintOf(report, "kept the date");
      if (complaint) this.#complain(complaint.error, complaint.text);
      return { before, isDone: isDone(report) };
    } catch (error) {
      this.#complain(error, "The date was not changed.");
      return { before: [], isDone: false };
    }
  }
}
