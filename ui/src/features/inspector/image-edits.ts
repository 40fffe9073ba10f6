// Owns edits of one image: saved or reverted, each as one step that can be undone.
import type { GenerationField, ImageEdit } from "../../ipc/bindings";
import type { App } from "../../state/app.svelte";
import { tried } from "../../state/outcomes";
import type { Detail } from "./detail.svelte";

export class ImageEdits {
  readonly #app: App;
  readonly #detail: Detail;

  constructor(app: App, detail: Detail) {
    this.#app = app;
    this.#detail = detail;
  }

  /** Returns what saves a field of this image, whichever image is shown then. */
  saverOf(id: string, field: GenerationField): (text: string) => Promise<void> {
    // Spaces belong to a prompt, not to a name or number.
    const isPrompt = field === "prompt" || field === "negative_prompt";
    return (text) => this.save(id, { [field]: isPrompt ? text : text.trim() });
  }

  async save(id: string, edit: Partial<ImageEdit>): Promise<void> {
    let undo = () => Promise.resolve();
    const save = () => this.#detail.save(id, edit);
    const saveFirst = async () => {
      undo = await this.#detail.beforeSaving(id, edit);
      await save();
    };
    if (!(await this.#tried(saveFirst))) return;
    this.#app.undone.did({
      what: "Edited an image",
      undo: () => this.#tried(undo),
      redo: () => this.#tried(save),
    });
  }

  #tried(act: () => Promise<void>): Promise<boolean> {
    return tried(act, this.#app.complain, "The change was not saved.");
  }

  async revert(id: string, field: GenerationField): Promise<void> {
    const revert = () => this.#detail.revert(id, field);
    await tried(revert, this.#app.complain, "The change was not reverted.");
  }
}
