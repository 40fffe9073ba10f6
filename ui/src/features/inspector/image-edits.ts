// Owns edits of one image: saved or reverted, each as one step that can be undone.
import type { GenerationField, ImageEdit } from "../../ipc/bindings";
import type { App } from "../../state/app.svelte";
import type { Detail } from "./detail.svelte";

export class ImageEdits {
  readonly #app: App;
  readonly #detail: Detail;

  constructor(app: App, detail: Detail) {
    this.#app = app;
    this.#detail = detail;
  }

  async save(id: string, edit: Partial<ImageEdit>): Promise<void> {
    const undo = this.#detail.beforeSaving(edit);
    const save = () => this.#detail.save(id, edit);
    if (!(await this.#tried(save))) return;
    this.#app.undone.did({
      what: "Edited an image",
      undo: () => this.#tried(undo),
      redo: () => this.#tried(save),
    });
  }

  async #tried(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.#app.complain(error, "The change was not saved.");
      return false;
    }
  }

  async revert(id: string, field: GenerationField): Promise<void> {
    try {
      await this.#detail.revert(id, field);
    } catch (error) {
      this.#app.complain(error, "The change was not reverted.");
    }
  }
}
