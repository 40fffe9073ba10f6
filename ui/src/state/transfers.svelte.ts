// Owns the state of the transfers: the summary for the footer, the list for
// the panel, and the progress of each image for its tile.
import { commands } from "$ipc";
import type { CachedCopies, Transfer, TransferSummary } from "../ipc/bindings";
import { coalesce } from "../shared/coalesce";
import type { Complain } from "./outcomes";

const LISTED = 200;

export class Transfers {
  readonly #complain: Complain;

  summary = $state.raw<TransferSummary | null>(null);
  list = $state.raw<Transfer[]>([]);
  /** What caches may still have of deleted images; null until the panel was open. */
  copies = $state.raw<CachedCopies | null>(null);
  listed = $state(false);
  open = $state(false);

  readonly progress = $derived(
    new Map(
      this.list.flatMap((each) =>
        each.operation === "put" &&
        each.state === "active" &&
        each.image_id !== null &&
        !each.is_feed_file
          ? [[each.image_id, each.size_bytes > 0 ? each.bytes_done / each.size_bytes : 0] as const]
          : [],
      ),
    ),
  );

  constructor(complain: Complain) {
    this.#complain = complain;
  }

  take(summary: TransferSummary): void {
    this.summary = summary;
    // The list is read only while it is on screen.
    if (this.open || summary.active > 0) void this.#refresh();
    else this.list = [];
  }

  readonly #refresh = coalesce(async () => {
    try {
      this.list = await commands.listTransfers(LISTED);
      this.listed = true;
      if (this.open) this.copies = await commands.cachedCopies();
    } catch (error) {
      if (this.open) this.#complain(error, "The transfers could not be listed.");
    }
  });

  /** Reads again what caches may still have, because a purge ended. */
  purged(): void {
    if (this.open) void this.#refresh();
  }

  toggle(): void {
    this.open = !this.open;
    if (this.open) void this.#refresh();
  }

  pause = (): Promise<void> => this.#do(() => commands.pauseTransfers());
  resume = (): Promise<void> => this.#do(() => commands.resumeTransfers());
  retry = (ids: number[] | null): Promise<void> => this.#do(() => commands.retryTransfers(ids));
  cancel = (id: number): Promise<void> => this.#do(() => commands.cancelTransfer(id));

  async #do(act: () => Promise<null>): Promise<void> {
    try {
      await act();
      this.summary = await commands.transferSummary();
      await this.#refresh();
    } catch (error) {
      this.#complain(error);
    }
  }
}
