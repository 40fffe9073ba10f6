// Owns imports: their progress, their results, and the files that were refused.
import { commands, importPasted } from "$ipc";
import type {
  FileOffer,
  ImportedItem,
  ImportProgress,
  ImportSummary,
  ImportTarget,
} from "../ipc/bindings";
import type { ToastAction, Toasts } from "../shared/toasts.svelte";
import type { Complain } from "./outcomes";
import { nothingRefused, withImport } from "./import-report";
import { importWords, showNew } from "./import-words";
import type { Library } from "./library.svelte";
import { addedBetween } from "./terms";
import {
  importTargetName,
  importTargetOf,
  plainTarget,
  setOfTarget,
  viewKey,
  viewOfTarget,
} from "./views";

export class Imports {
  readonly #library: Library;
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  /** selects an image and brings it on screen; set by the app */
  reveal: (id: string) => Promise<void> = () => Promise.resolve();
  /** shows the results of a search; set by the app */
  search: (text: string) => Promise<void> = () => Promise.resolve();
  /** takes the new images of one drop, paste or dialog; set by the app */
  brought: (ids: readonly string[]) => Promise<void> = () => Promise.resolve();

  progress = $state.raw<ImportProgress | null>(null);
  /** files that Vitrine was opened with, until the artist imports or declines them */
  offered = $state.raw<FileOffer | null>(null);
  /** what was not added, until the artist closes the report */
  notAdded = $state.raw(nothingRefused);
  /** images in the trash whose files were in an imported folder, until the artist closes the report */
  trashed = $state.raw<string[]>([]);

  constructor(library: Library, toasts: Toasts, complain: Complain) {
    this.#library = library;
    this.#toasts = toasts;
    this.#complain = complain;
  }

  get target(): ImportTarget {
    return importTargetOf(this.#library.view);
  }

  async fromDialog(): Promise<void> {
    const { target } = this;
    await this.#run(target, () => commands.importWithDialog(target));
  }

  /** Returns the images of the files, including those that were already in the library. */
  fromDrop(token: number, target: ImportTarget): Promise<string[]> {
    return this.#run(target, () => commands.importDropped(token, target));
  }

  /** Asks the host which files Vitrine was opened with. */
  async readOffer(): Promise<void> {
    try {
      this.offered = await commands.offeredFiles();
    } catch (error) {
      this.#complain(error, "The files that Vitrine was opened with could not be read.");
    }
  }

  async fromOffer(): Promise<void> {
    const { target } = this;
    this.offered = null;
    await this.#run(target, () => commands.importOffered(target));
    // The host still has them if the library could not be opened.
    await this.readOffer();
  }

  async declineOffer(): Promise<void> {
    this.offered = null;
    await commands.declineOffered().catch((error: unknown) => this.#complain(error));
  }

  async fromPaste(files: readonly File[]): Promise<void> {
    const { target } = this;
    const added: string[] = [];
    for (const file of files) {
      await this.#run(
        target,
        () => importPasted(file, target),
        (ids) => added.push(...ids),
      );
    }
    void this.brought(added);
  }

  async cancel(): Promise<void> {
    try {
      await commands.cancelImport();
    } catch (error) {
      this.#complain(error, "The import could not be stopped.");
    }
  }

  async #run(
    target: ImportTarget,
    bring: () => Promise<ImportSummary | null>,
    brought: (added: string[]) => unknown = (added) => this.brought(added),
  ): Promise<string[]> {
    let summary: ImportSummary | null;
    const began = new Date();
    try {
      summary = await bring();
    } catch (error) {
      this.#complain(error, "The import did not finish.");
      return [];
    }
    if (!summary) return [];
    this.notAdded = withImport(this.notAdded, summary);
    const added = ids(summary, "imported");
    // A summary does not list all images of a very large import.
    if (added.length === summary.imported) brought(added);
    const back = new Set(added);
    this.trashed = [...new Set([...this.trashed, ...summary.trashed])].filter(
      (id) => !back.has(id),
    );
    // Images that were in the library already may have joined the gallery or collection.
    const changed = setOfTarget(target) ? ids(summary, "duplicate") : [];
    if (added.length + changed.length > 0) {
      await this.#library.apply({ added, changed, removed: [], reload: false });
    }
    await this.#announce(summary, target, began);
    return [...added, ...ids(summary, "duplicate")];
  }

  async #announce(summary: ImportSummary, target: ImportTarget, began: Date): Promise<void> {
    const words = importWords(summary, importTargetName(target, this.#library));
    const duplicate = ids(summary, "duplicate")[0];
    const here = this.#showsHere(target);
    if (words !== "") this.#toasts.show(words, { action: this.#offer(summary, target, began) });
    if (duplicate !== undefined && here && summary.imported === 0) await this.reveal(duplicate);
  }

  /** Returns the button that shows new images, whatever their dates are. */
  #offer(summary: ImportSummary, target: ImportTarget, began: Date): ToastAction | null {
    const added = ids(summary, "imported")[0];
    if (added !== undefined && summary.imported > 1 && target.kind === "generated") {
      const term = addedBetween(began, new Date());
      return { label: showNew(summary.imported), run: () => void this.search(`${term} `) };
    }
    const first = added ?? (this.#showsHere(target) ? undefined : ids(summary, "duplicate")[0]);
    if (first === undefined) return null;
    return { label: "Show", run: () => void this.#goTo(first, target) };
  }

  async #goTo(id: string, target: ImportTarget): Promise<void> {
    this.#library.open(viewOfTarget(plainTarget[target.kind]));
    await this.reveal(id);
  }

  #showsHere(target: ImportTarget): boolean {
    const { view } = this.#library;
    if (viewKey(view) === viewKey(viewOfTarget(target))) return true;
    return view.view === "references" && view.gallery === null && target.kind === "reference";
  }

  forgetNotAdded(): void {
    this.notAdded = nothingRefused;
  }

  /** Returns the images that are in the trash, and removes them from the report. */
  takeTrashed(): string[] {
    const { trashed } = this;
    this.trashed = [];
    return trashed;
  }
}

function ids(summary: ImportSummary, outcome: ImportedItem["outcome"]): string[] {
  return summary.files.flatMap((file) =>
    file.outcome === outcome && file.id !== null ? [file.id] : [],
  );
}
