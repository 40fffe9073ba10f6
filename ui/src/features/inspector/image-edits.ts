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
    const { undone } = this.#app;
    try {
      const undo = this.#detail.beforeSaving(edit);
      await this.#detail.save(id, edit);
      undone.did({ what: "Edited an image", undo, redo: () => this.#detail.save(id, edit) });
    } catch (error) {
      this.#app.complain(error, "The change was not saved.");
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
