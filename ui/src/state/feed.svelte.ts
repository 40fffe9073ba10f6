// Owns the published feed of the profile: how far it is published, the switch, the
// preview, and the one offer to publish.
import { commands } from "$ipc";
import type { FeedBuilt, FeedStatus } from "../ipc/bindings";
import { isFailure } from "../ipc/errors";
import { coalesce } from "../shared/coalesce";
import type { Toasts } from "../shared/toasts.svelte";
import type { Complain } from "./outcomes";
import { KEPT_COPIES, previewWords } from "./feed-words";
import { remember, remembered } from "./memory";
import type { Setup } from "./setup.svelte";

const isFlag = (value: unknown): value is boolean => typeof value === "boolean";

export class Feed {
  readonly #setup: Setup;
  readonly #toasts: Toasts;
  readonly #complain: Complain;

  /** null until the host has answered */
  status = $state.raw<FeedStatus | null>(null);
  /** what the switch was last set to, until the host has answered */
  #wanted = $state<boolean | null>(null);
  /** the dialog that says what goes out is open */
  asking = $state(false);
  /** a bar offers to publish */
  offering = $state(false);
  isPreviewing = $state(false);
  /** grows when the artist chooses what public copies carry */
  choices = $state(0);
  /** what the last preview of this profile contained */
  previewed = $state.raw<FeedBuilt | null>(null);
  /** numbers of the last question, and of the last one whose answer is shown */
  #asked = 0;
  #answered = 0;

  readonly isOn = $derived(this.#wanted ?? this.status?.is_on ?? false);
  /** why single images are not published, or would not be according to the preview */
  readonly problems = $derived.by(() => {
    const { previewed, status } = this;
    if (status?.is_on || !previewed) {
      return { list: status?.problems ?? [], count: status?.problem_count ?? 0 };
    }
    return { list: previewed.problems, count: previewed.problems.length };
  });

  constructor(setup: Setup, toasts: Toasts, complain: Complain) {
    this.#setup = setup;
    this.#toasts = toasts;
    this.#complain = complain;
  }

  /** Reads how far the feed of the current profile is published. */
  async load(): Promise<void> {
    if (this.status && !this.#isOurs(this.status)) this.#forget();
    try {
      await this.#read();
    } catch (error) {
      this.#complain(
        error,
        "The state of the published feed could not be read.",
        () => void this.load(),
      );
    }
  }

  #forget(): void {
    this.status = null;
    this.previewed = null;
    this.asking = false;
    this.offering = false;
  }

  /** Follows the publication: the host says only that something changed. */
  hear(): void {
    // The next event asks again.
    this.#read().catch(() => undefined);
  }

  readonly #read = coalesce(() => this.#ask(() => commands.feedStatus()));

  /** Takes an answer, unless that to a later question is known. */
  async #ask(question: () => Promise<FeedStatus>): Promise<void> {
    const asked = ++this.#asked;
    const answer = await question();
    if (asked < this.#answered || !this.#isOurs(answer)) return;
    this.#answered = asked;
    this.#take(answer);
  }

  /** Whether a status is of the current profile. */
  #isOurs({ owner_id }: FeedStatus): boolean {
    return owner_id === this.#setup.profile?.id;
  }

  #take(status: FeedStatus): void {
    const before = this.status;
    this.status = status;
    if (before?.activity === "taking_back" && status.activity === "off") {
      this.#toasts.show(`Your feed is removed from the bucket. ${KEPT_COPIES}`);
    }
  }

  /** Switches the feed on or off. Before its first time on, a dialog says what goes out. */
  turn(on: boolean): void {
    if (on && this.status?.written_at === null) this.asking = true;
    else void this.setOn(on);
  }

  async setOn(on: boolean): Promise<void> {
    this.asking = false;
    this.#wanted = on;
    try {
      await this.#ask(() => commands.setFeedOn(on));
      if (on) this.offering = false;
    } catch (error) {
      const what = on ? "The feed was not published." : "The feed was not switched off.";
      this.#complain(error, what, () => void this.setOn(on));
    } finally {
      this.#wanted = null;
    }
  }

  /** Builds what would be published, and opens it in the browser. */
  async preview(): Promise<void> {
    if (this.isPreviewing) return;
    this.isPreviewing = true;
    const owner = this.#setup.profile?.id;
    try {
      const built = await commands.previewFeed();
      if (owner === this.#setup.profile?.id) this.previewed = built;
      this.#toasts.show(previewWords(built));
    } catch (error) {
      if (isFailure(error) && error.code === "Cancelled") return;
      this.#complain(error, "The preview was not built.", () => void this.preview());
    } finally {
      this.isPreviewing = false;
    }
  }

  async cancelPreview(): Promise<void> {
    await commands.cancelPreview().catch(this.#complain);
  }

  async openPage(): Promise<void> {
    try {
      await commands.openFeed();
    } catch (error) {
      this.#complain(error, "The page was not opened.");
    }
  }

  /** Offers to publish, once: an image became public while a bucket is connected. */
  offer(): void {
    if (!this.#setup.bucket?.configured || this.status === null || this.status.is_on) return;
    if (remembered("feedOffered", isFlag)) return;
    remember("feedOffered", true);
    this.offering = true;
  }
}
