// Owns copying the links of images that were imported in this window, as soon as all
// of them are uploaded.
import { commands } from "$ipc";
import type { CatalogChanged, Tile } from "../ipc/bindings";
import { coalesce } from "../shared/coalesce";
import { counted } from "../shared/text";
import type { Toasts } from "../shared/toasts.svelte";
import type { Complain } from "./outcomes";

/** How long after an import links are copied without a click, in milliseconds. */
export const PROMPTLY = 10 * 60_000;
/** The most tiles that the host returns at once. */
const AT_ONCE = 1_000;

type Upload = "waiting" | "stored" | "failed" | "gone";

export class LinksAfterUpload {
  readonly #isWanted: () => boolean;
  readonly #toasts: Toasts;
  readonly #complain: Complain;
  /** puts a text on the clipboard and says so; set by the app */
  copy: (text: string, said: string) => Promise<void> = () => Promise.resolve();

  /** the images whose links are copied together, in the order of their imports */
  readonly #uploads = new Map<string, Upload>();
  #importedAt = 0;
  /** those whose uploads may have ended */
  readonly #due = new Set<string>();

  constructor(isWanted: () => boolean, toasts: Toasts, complain: Complain) {
    this.#isWanted = isWanted;
    this.#toasts = toasts;
    this.#complain = complain;
  }

  /** Takes new images of this window. They join those that are still being uploaded. */
  async imported(ids: readonly string[]): Promise<void> {
    if (ids.length === 0 || !this.#isWanted()) return;
    if (this.#isLate) this.#uploads.clear();
    this.#importedAt = Date.now();
    for (const id of ids) this.#uploads.set(id, "waiting");
    await this.#look(ids);
  }

  /** Takes the host's word that images have changed. */
  async hear({ changed, removed, reload }: CatalogChanged): Promise<void> {
    if (this.#uploads.size === 0) return;
    await this.#look(reload ? [...this.#uploads.keys()] : [...changed, ...removed]);
  }

  async #look(ids: readonly string[]): Promise<void> {
    const ours = ids.filter((id) => this.#uploads.has(id) && this.#uploads.get(id) !== "stored");
    for (const id of ours) this.#due.add(id);
    if (ours.length > 0) await this.#lookNow();
  }

  readonly #lookNow = coalesce(async () => {
    const due = [...this.#due];
    this.#due.clear();
    try {
      for (let from = 0; from < due.length; from += AT_ONCE) {
        const ids = due.slice(from, from + AT_ONCE);
        const tiles = new Map((await commands.getTiles(ids)).map((tile) => [tile.id, tile]));
        for (const id of ids) {
          if (this.#uploads.has(id)) this.#uploads.set(id, uploadOf(tiles.get(id)));
        }
      }
    } catch (error) {
      this.#uploads.clear();
      this.#complain(error, "The links of the new images were not copied.");
      return;
    }
    await this.#finish();
  });

  /** Copies the links, unless an upload is still to come. */
  async #finish(): Promise<void> {
    const uploads = [...this.#uploads];
    const having = (state: Upload) => uploads.flatMap(([id, now]) => (now === state ? [id] : []));
    if (uploads.length === 0 || having("waiting").length > 0) return;
    const isLate = this.#isLate;
    this.#uploads.clear();
    if (!this.#isWanted()) return;
    const stored = having("stored");
    const failed = having("failed").length;
    const notes = failed > 0 ? ` ${counted(failed, "image")} could not be uploaded.` : "";
    if (stored.length === 0) {
      if (failed > 0) this.#toasts.show(`No link was copied.${notes}`, { tone: "danger" });
    } else if (isLate) {
      this.#toasts.show(`Uploaded ${counted(stored.length, "image")}.${notes}`, {
        action: { label: "Copy links", run: () => void this.#copyLinks(stored, "") },
      });
    } else {
      await this.#copyLinks(stored, notes);
    }
  }

  async #copyLinks(ids: string[], notes: string): Promise<void> {
    try {
      const links = await commands.getLinks(ids);
      if (links.length === 0) return;
      const text = links.map(({ url }) => url).join("\n");
      await this.copy(text, `Uploaded. Copied ${counted(links.length, "link")}.${notes}`);
    } catch (error) {
      this.#complain(error, "The links could not be read.");
    }
  }

  /** Whether the artist may have copied something else since the import. */
  get #isLate(): boolean {
    return Date.now() - this.#importedAt > PROMPTLY;
  }
}

function uploadOf(tile: Tile | undefined): Upload {
  if (!tile || tile.removed_at !== null) return "gone";
  if (tile.upload === "stored") return "stored";
  return tile.upload === "parked" ? "failed" : "waiting";
}
