// Owns changes of reference links: they say which references an image was made with.
// Each change is one step that can be undone.
import { commands } from "$ipc";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import { tried, type Complain } from "./outcomes";
import type { Undo } from "./undo.svelte";

export class ReferenceLinks {
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  readonly #undo: Undo;

  constructor(toasts: Toasts, complain: Complain, undo: Undo) {
    this.#toasts = toasts;
    this.#complain = complain;
    this.#undo = undo;
  }

  /** Links references to images. `aloud` shows a toast, for links made outside of the inspector. */
  async link(
    images: readonly string[],
    references: readonly string[],
    how: "quietly" | "aloud" = "quietly",
  ): Promise<void> {
    if (images.length === 0 || references.length === 0) return;
    if (!(await this.#linked(images, references))) return;
    const what = `Linked ${counted(references.length, "reference")} to ${counted(images.length, "image")}`;
    this.#undo.did({
      what,
      undo: () => this.#eachUnlinked(images, references),
      redo: () => this.#linked(images, references),
    });
    if (how === "aloud") this.#toasts.show(what);
  }

  async unlink(image: string, reference: string): Promise<void> {
    if (!(await this.#unlinked(image, reference))) return;
    this.#undo.did({
      what: "Unlinked a reference",
      undo: () => this.#linked([image], [reference]),
      redo: () => this.#unlinked(image, reference),
    });
  }

  #linked(images: readonly string[], references: readonly string[]): Promise<boolean> {
    return this.#try(commands.linkReferences([...images], [...references]));
  }

  #unlinked(image: string, reference: string): Promise<boolean> {
    return this.#try(commands.unlinkReference(image, reference));
  }

  /** Stops at the first that fails. Returns whether any was unlinked. */
  async #eachUnlinked(images: readonly string[], references: readonly string[]): Promise<boolean> {
    let isAny = false;
    for (const image of images) {
      for (const reference of references) {
        if (!(await this.#unlinked(image, reference))) return isAny;
        isAny = true;
      }
    }
    return isAny;
  }

  #try(act: Promise<null>): Promise<boolean> {
    return tried(() => act, this.#complain, "The link was not changed.");
  }
}
