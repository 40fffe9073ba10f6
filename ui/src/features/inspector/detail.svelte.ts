// Owns the details of one image, fetched when it is selected.
import { commands } from "$ipc";
import type { GenerationField, ImageDetail, ImageEdit } from "../../ipc/bindings";

const untouched: ImageEdit = { prompt: null, negative_prompt: null, model: null, seed: null };

export class Detail {
  image = $state.raw<ImageDetail | null>(null);
  error = $state.raw<unknown>(null);
  #wanted: string | null = null;
  #asked = 0;

  /** Shows an image. An answer for an earlier one is dropped. */
  async load(id: string | null): Promise<void> {
    if (id !== this.#wanted) {
      this.image = null;
      this.error = null;
    }
    this.#wanted = id;
    const asked = ++this.#asked;
    if (id === null) return;
    try {
      const image = await commands.getImage(id);
      if (asked === this.#asked) this.image = image;
    } catch (error) {
      if (asked === this.#asked && this.image === null) this.error = error;
    }
  }

  /** Saves what the artist wrote. */
  async save(id: string, edit: Partial<ImageEdit>): Promise<void> {
    const image = await commands.editImage(id, { ...untouched, ...edit });
    if (this.#wanted === id) this.image = image;
  }

  /** Returns a function that restores the current values of the fields of an edit. */
  async beforeSaving(id: string, edit: Partial<ImageEdit>): Promise<() => Promise<void>> {
    // Another image may be shown by now.
    const before = this.image?.id === id ? this.image : await commands.getImage(id);
    const fields = (Object.keys(edit) as (keyof ImageEdit)[]).filter(
      (field) => edit[field] !== null,
    );
    return async () => {
      for (const field of fields) {
        // Values from the picture are read again; values that the artist wrote are saved again.
        if (before.edited.includes(field))
          await this.save(before.id, { [field]: before[field] ?? "" });
        else await this.revert(before.id, field);
      }
    };
  }

  /** Reverts a field to the value from the picture. */
  async revert(id: string, field: GenerationField): Promise<void> {
    const image = await commands.revertEdit(id, field);
    if (this.#wanted === id) this.image = image;
  }
}
