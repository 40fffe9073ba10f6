// Owns the search for images that look the same: its progress, the groups that were
// found, what the artist chose for each, and which groups the artist has seen.
import { commands } from "$ipc";
import type {
  CatalogChanged,
  DuplicateImage,
  Duplicates as Found,
  DuplicatesProgress,
} from "../ipc/bindings";
import { counted } from "../shared/text";
import { isFailure } from "../ipc/errors";
import { leaving, proposed, unneededIn, type Choice, type Group } from "./duplicate-groups";
import type { Edits } from "./edits.svelte";
import type { Complain } from "./outcomes";

/** The number of groups on one page. */
export const GROUPS_ON_PAGE = 20;

const nobody: ReadonlySet<string> = new Set();

export class Duplicates {
  readonly #edits: Pick<Edits, "remove">;
  readonly #complain: Complain;

  #found = $state.raw<Found | null>(null);
  /** images that are not in the library any more */
  #gone = $state.raw(nobody);
  /** the choices of the artist, by the first image of a group */
  #choices = $state.raw<ReadonlyMap<string, Choice>>(new Map());
  /** the first images of the groups that were on screen */
  #seen = $state.raw(nobody);
  progress = $state.raw<DuplicatesProgress | null>(null);
  /** images changed since the search, and it is not known which */
  isOutdated = $state(false);
  page = $state(0);

  /** the groups of which two or more images are left, each with all that is left of it */
  readonly groups = $derived.by((): Group[] => {
    const left = (this.#found?.groups ?? []).map((group) =>
      group.filter(({ id }) => !this.#gone.has(id)),
    );
    return left.filter((group) => group.length > 1);
  });
  readonly pages = $derived(Math.max(1, Math.ceil(this.groups.length / GROUPS_ON_PAGE)));
  readonly onPage = $derived.by(() => {
    const first = Math.min(this.page, this.pages - 1) * GROUPS_ON_PAGE;
    return this.groups.slice(first, first + GROUPS_ON_PAGE);
  });
  readonly #groupsSeen = $derived(this.groups.filter((group) => this.#seen.has(keyOf(group))));
  /** what would go to the trash from all groups that the artist has seen */
  readonly leavingSeen = $derived(
    this.#groupsSeen.flatMap((group) => leaving(group, this.choiceOf(group))),
  );
  readonly seenGroups = $derived(this.#groupsSeen.length);

  constructor(edits: Pick<Edits, "remove">, complain: Complain) {
    this.#edits = edits;
    this.#complain = complain;
  }

  /** what was found; null before the first search */
  get found(): Found | null {
    return this.#found;
  }

  /** Searches again, and forgets what was chosen. */
  async search(): Promise<void> {
    this.progress = { done: 0, total: 1 };
    this.isOutdated = false;
    try {
      const found = await commands.findDuplicates();
      this.#found = found;
      this.#gone = nobody;
      this.#seen = nobody;
      this.#choices = new Map();
      this.page = 0;
    } catch (error) {
      if (isFailure(error) && error.code === "Cancelled") return;
      this.#complain(error, "The duplicates could not be found.", () => void this.search());
    } finally {
      this.progress = null;
    }
  }

  /** Follows a running search. Another window's search is none of this one. */
  hearProgress(progress: DuplicatesProgress): void {
    if (this.progress !== null) this.progress = progress;
  }

  async cancel(): Promise<void> {
    try {
      await commands.cancelDuplicates();
    } catch (error) {
      this.#complain(error, "The search could not be stopped.");
    }
  }

  choiceOf(group: Group): Choice {
    return this.#choices.get(keyOf(group)) ?? proposed(group);
  }

  /** Notes that groups are on screen. */
  saw(groups: readonly Group[]): void {
    const keys = groups.map(keyOf).filter((key) => !this.#seen.has(key));
    if (keys.length > 0) this.#seen = new Set([...this.#seen, ...keys]);
  }

  /** Keeps this image of a group; the others are proposed for the trash again. */
  keep(group: Group, { id }: DuplicateImage): void {
    this.#choose(group, { keeper: id, against: nobody });
  }

  /** Decides about an image against the proposal, or goes back to it. */
  toggle(group: Group, { id }: DuplicateImage): void {
    const { keeper, against } = this.choiceOf(group);
    const next = new Set(against);
    if (!next.delete(id)) next.add(id);
    this.#choose(group, { keeper, against: next });
  }

  #choose(group: Group, choice: Choice): void {
    this.#choices = new Map([...this.#choices, [keyOf(group), choice]]);
  }

  /** Moves what a group need not keep to the trash, in one step that can be undone. */
  trash(group: Group): Promise<void> {
    return this.#remove([group]);
  }

  /** Does the same for all groups that the artist has seen. */
  trashSeen(): Promise<void> {
    return this.#remove(this.#groupsSeen);
  }

  /** The library decides once more, because images may have changed since the search. */
  async #remove(groups: readonly Group[]): Promise<void> {
    const unneeded = groups.flatMap((group) => unneededIn(group, this.choiceOf(group)));
    const byId = new Map(unneeded.map((one) => [one.id, one]));
    await this.#edits.remove([...byId.keys()], async (ids) => {
      const outcomes = await commands.removeDuplicates(ids.flatMap((id) => byId.get(id) ?? []));
      this.#gone = new Set([...this.#gone, ...outcomes.done]);
      if (outcomes.failed.length > 0) this.isOutdated = true;
      return outcomes;
    });
  }

  /** Follows changes of the catalog. An undone removal brings a group back. */
  hear({ added, changed, removed, reload }: CatalogChanged): void {
    if (this.#found === null) return;
    const isKnown = (ids: ReadonlySet<string>) =>
      this.groups.some((group) => group.some(({ id }) => ids.has(id)));
    if (reload || (changed.length > 0 && isKnown(new Set(changed)))) this.isOutdated = true;
    const gone = new Set([...this.#gone, ...removed]);
    for (const id of added) gone.delete(id);
    if (added.length > 0 || removed.length > 0) this.#gone = gone;
  }

  /** Forgets everything, for the library of another profile. */
  clear(): void {
    this.#found = null;
    this.#gone = nobody;
    this.#seen = nobody;
    this.#choices = new Map();
    this.isOutdated = false;
  }

  /** what the list does not show, in words; null if it shows everything */
  readonly gaps = $derived.by((): string | null => {
    if (!this.#found) return null;
    const { left_out, not_compared, is_complete } = this.#found;
    const words: string[] = [];
    if (left_out > 0)
      words.push(`${counted(left_out, "more group is", "more groups are")} not listed here.`);
    if (not_compared > 0)
      words.push(
        `${counted(not_compared, "picture is", "pictures are")} still being prepared and not compared yet.`,
      );
    if (!is_complete) words.push("So many images look alike that not all of them were compared.");
    return words.length > 0 ? words.join(" ") : null;
  });
}

/** A group is named by its first image, which stays the first while it is there. */
function keyOf(group: Group): string {
  return group[0]?.id ?? "";
}
