// Owns the texts that an artist writes about images: notes, and fields that are set for many at
// once. Each is one step that can be undone, and gives every image back what it had.
import { commands } from "$ipc";
import type { FieldEdit, GenerationField, Note } from "../ipc/bindings";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import { complaintOf, exchange, isDone, type Outcomes, type Complain } from "./outcomes";
import { didWithOffer } from "./offer-undo";
import type { Undo } from "./undo.svelte";

const fieldNames: Record<GenerationField, string> = {
  prompt: "prompt",
  negative_prompt: "negative prompt",
  model: "model",
  seed: "seed",
};

/** A text for some images; null is the one that was read from their files. */
type TextOf = { text: string | null; ids: string[] };
type Change<T> = { report: Outcomes; before: T[] };
type Tried<T> = { before: T[]; isDone: boolean };

export class Texts {
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  readonly #undo: Undo;
  /** called with what a screen reader should say */
  announce: (text: string) => void = () => undefined;

  constructor(toasts: Toasts, complain: Complain, undo: Undo) {
    this.#toasts = toasts;
    this.#complain = complain;
    this.#undo = undo;
  }

  /** Returns what saves the note of these images, whichever are selected then. */
  noteOf(ids: readonly string[]): (text: string, seen: string) => Promise<void> {
    return (text, seen) => this.setNote(ids, text, ids.length === 1 ? seen : null);
  }

  /** Returns what saves a field of these images, whichever are selected then. */
  fieldOf(field: GenerationField, ids: readonly string[]): (text: string) => Promise<void> {
    return (text) => this.setField(field, ids, text);
  }

  /**
   * Sets the note of images; an empty one removes it. A message offers the notes that it replaces, if the artist
   * has not `seen` them: there are several, or the command line has set another one meanwhile.
   */
  setNote(ids: readonly string[], note: string, seen: string | null = null): Promise<void> {
    const text = note.trim();
    const wanted: Note[] = [{ text, ids: [...ids], instead_of: null }];
    return this.#change("note", ids.length, wanted, (notes) => commands.putNotes(notes), seen);
  }

  /** Sets a field of images. */
  setField(field: GenerationField, ids: readonly string[], text: string): Promise<void> {
    const wanted: FieldEdit[] = [{ text, ids: [...ids] }];
    const put = (edits: FieldEdit[]) => commands.putEdits(field, edits);
    return this.#change(fieldNames[field], ids.length, wanted, put);
  }

  async #change<T extends TextOf>(
    name: string,
    count: number,
    wanted: T[],
    put: (values: T[]) => Promise<Change<T>>,
    seen: string | null = null,
  ): Promise<void> {
    if (count === 0) return;
    const { before } = await this.#tried(name, () => put(wanted));
    if (before.length === 0) return;
    const what = `Changed the ${name} of ${counted(count, "image")}`;
    const putBack = (texts: T[]) => this.#tried(name, () => put(texts));
    const step = { what, ...exchange(before, putBack) };
    const replaced = before.filter((other) => (other.text ?? "") !== "");
    if (seen !== null && before.some((other) => other.text !== seen)) {
      const text = `The ${name} had been changed meanwhile. Undo brings that ${name} back.`;
      didWithOffer(this.#undo, this.#toasts, step, text);
    } else if (seen === null && replaced.length > 0) {
      const many = replaced.flatMap(({ ids }) => ids).length;
      didWithOffer(
        this.#undo,
        this.#toasts,
        step,
        `Replaced the ${name} of ${counted(many, "image")}`,
      );
    } else {
      this.announce(what);
      this.#undo.did(step);
    }
  }

  /** Returns what the changed images had before, and whether any changed. */
  async #tried<T extends TextOf>(name: string, act: () => Promise<Change<T>>): Promise<Tried<T>> {
    try {
      const { report, before } = await act();
      const complaint = complaintOf(report, `kept the ${name}`);
      if (complaint) this.#complain(complaint.error, complaint.text);
      return { before, isDone: isDone(report) };
    } catch (error) {
      this.#complain(error, `The ${name} was not changed.`);
      return { before: [], isDone: false };
    }
  }
}
