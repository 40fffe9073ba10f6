// Owns the texts that an artist writes about images: notes, and fields that are set for many at
// once. Each is one step that can be undone, and gives every image back what it had.
import { commands } from "$ipc";
import type { FieldEdit, GenerationField, Note } from "../ipc/bindings";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import { complaintOf, isDone, stays, type Outcomes, type Complain } from "./outcomes";
import type { Undo } from "./undo.svelte";

const fieldNames: Record<GenerationField, string> = {
  prompt: "prompt",
  negative_prompt: "negative prompt",
  model: "model",
  seed: "seed",
};

/** A text for some images; null is the one that was read from their files. */
type TextOf = { text: string | null; ids: string[] };
/** Says whether a text that was found is the one that was given before. */
type IsSame = (found: string | null, given: string | null) => boolean;
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

  /** Sets the note of images; an empty one removes it. */
  setNote(ids: readonly string[], text: string): Promise<void> {
    const wanted: Note[] = [{ text, ids: [...ids] }];
    // Spaces around a note are not kept. Only notes are also changed outside the window.
    const isSame: IsSame = (found, given) => found?.trim() === given?.trim();
    return this.#change("note", ids.length, wanted, (notes) => commands.putNotes(notes), isSame);
  }

  /** Sets a field of images. */
  setField(field: GenerationField, ids: readonly string[], text: string): Promise<void> {
    const wanted: FieldEdit[] = [{ text, ids: [...ids] }];
    const put = (edits: FieldEdit[]) => commands.putEdits(field, edits);
    return this.#change(fieldNames[field], ids.length, wanted, put, () => true);
  }

  async #change<T extends TextOf>(
    name: string,
    count: number,
    wanted: T[],
    put: (values: T[]) => Promise<Change<T>>,
    isSame: IsSame,
  ): Promise<void> {
    if (count === 0) return;
    const { before } = await this.#tried(name, () => put(wanted));
    if (before.length === 0) return;
    const what = `Changed the ${name} of ${counted(count, "image")}`;
    this.announce(what);
    this.#undo.did({
      what,
      undo: () => this.#exchange(name, wanted, before, put, isSame),
      redo: () => this.#exchange(name, before, wanted, put, isSame),
    });
  }

  /**
   * Gives images the texts `to` in place of `from`. What was written meanwhile, such as by the command line,
   * comes back at once, and a message says so. Returns whether anything was done.
   */
  async #exchange<T extends TextOf>(
    name: string,
    from: readonly T[],
    to: T[],
    put: (values: T[]) => Promise<Change<T>>,
    isSame: IsSame,
  ): Promise<boolean> {
    const { before: found, isDone } = await this.#tried(name, () => put(to));
    const expected = new Map(from.flatMap(({ text, ids }) => ids.map((id) => [id, text] as const)));
    const others = found
      .map((group) => ({
        ...group,
        ids: group.ids.filter((id) => !isSame(group.text, expected.get(id) ?? null)),
      }))
      .filter(({ ids }) => ids.length > 0);
    if (others.length > 0 && (await this.#tried(name, () => put(others))).isDone)
      this.#toasts.show(stays(others.flatMap(({ ids }) => ids).length));
    return isDone;
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
