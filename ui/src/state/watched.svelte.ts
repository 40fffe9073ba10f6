// The folders that are watched for new pictures.
import { commands } from "$ipc";
import type { WatchedFolder } from "../ipc/bindings";

/** Reads patterns that are separated by commas; a comma in braces belongs to its pattern. */
export function patternsOf(text: string): string[] {
  return text
    .split(/,(?![^{]*\})/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
}

export class WatchedFolders {
  list = $state.raw<WatchedFolder[] | null>(null);
  /** A dialog is open, or a folder is being scanned. */
  adding = $state(false);

  async load(): Promise<void> {
    this.list = await commands.watchedFolders();
  }

  async add(): Promise<void> {
    this.adding = true;
    try {
      if ((await commands.watchFolderWithDialog()) !== null) await this.load();
    } finally {
      this.adding = false;
    }
  }

  /** Imports the files that were already in a folder, or leaves them out. */
  async settle(folder: WatchedFolder, wanted: boolean): Promise<void> {
    await commands.settleWatchOffer(folder.id, wanted);
    await this.load();
  }

  async setIgnored(folder: WatchedFolder, text: string): Promise<void> {
    await commands.setWatchIgnored(folder.id, patternsOf(text));
    await this.load();
  }

  async remove(folder: WatchedFolder): Promise<void> {
    await commands.unwatchFolder(folder.id);
    await this.load();
  }
}
