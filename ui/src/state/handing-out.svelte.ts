// Owns what other programs get of images: pixels and texts on the clipboard, and copies of
// originals. Also makes references of generated images.
import { commands } from "$ipc";
import type { ActionReport, CopyProgress } from "../ipc/bindings";
import { counted } from "../shared/text";
import type { ToastAction, Toasts } from "../shared/toasts.svelte";
import { complaintOf, type Complain } from "./outcomes";

export class HandingOut {
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  /** puts a text on the clipboard and says so; set by the app */
  copy: (text: string, said: string) => Promise<void> = () => Promise.resolve();
  /** shows all references; set by the app */
  showReferences: () => void = () => undefined;

  /** how far the copies are that are being saved */
  saving = $state.raw<CopyProgress | null>(null);

  constructor(toasts: Toasts, complain: Complain) {
    this.#toasts = toasts;
    this.#complain = complain;
  }

  async copyPicture(id: string): Promise<void> {
    try {
      await commands.copyPicture(id);
      this.#toasts.show("Picture copied");
    } catch (error) {
      this.#complain(error, "The picture could not be copied.");
    }
  }

  async copyPrompt(id: string): Promise<void> {
    try {
      const { prompt } = await commands.getImage(id);
      if (prompt === "") this.#toasts.show("This picture has no prompt.");
      else await this.copy(prompt, "Prompt copied");
    } catch (error) {
      this.#complain(error, "The prompt could not be read.");
    }
  }

  async copyParameters(id: string): Promise<void> {
    try {
      await this.copy(await commands.parametersText(id), "Parameters copied");
    } catch (error) {
      this.#complain(error, "The parameters could not be read.");
    }
  }

  /** Saves copies of originals where the artist chooses. */
  async saveCopies(ids: readonly string[]): Promise<void> {
    if (ids.length === 0 || this.saving !== null) return;
    this.saving = { done: 0, total: ids.length };
    try {
      const report = await commands.saveCopies([...ids]);
      if (report) this.#tell(report, "Saved a copy of", "not saved");
    } catch (error) {
      this.#complain(error, "The copies were not saved.");
    } finally {
      this.saving = null;
    }
  }

  /** Takes the progress from the host. */
  hear(progress: CopyProgress): void {
    // The last report may come after the answer.
    if (this.saving !== null) this.saving = progress;
  }

  async stopSaving(): Promise<void> {
    try {
      await commands.cancelSaving();
    } catch (error) {
      this.#complain(error, "Saving could not be stopped.");
    }
  }

  async openCopy(id: string): Promise<void> {
    try {
      await commands.openCopy(id);
    } catch (error) {
      this.#complain(error, "The picture could not be opened.");
    }
  }

  async revealCopy(id: string): Promise<void> {
    try {
      await commands.revealCopy(id);
    } catch (error) {
      this.#complain(error, "The picture could not be shown.");
    }
  }

  async useAsReferences(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      const report = await commands.useAsReferences([...ids]);
      this.#tell(report, "Added to References:", "not added to References", {
        label: "Show",
        run: () => this.showReferences(),
      });
    } catch (error) {
      this.#complain(error, "The images were not added to References.");
    }
  }

  #tell(
    { done, failed }: ActionReport,
    did: string,
    not: string,
    action: ToastAction | null = null,
  ): void {
    const text = `${did} ${counted(done.length, "image")}`;
    if (done.length > 0) this.#toasts.show(text, { action });
    const complaint = complaintOf({ failed }, not);
    if (complaint) this.#complain(complaint.error, complaint.text);
  }
}
