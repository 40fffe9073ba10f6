// Owns the searches for images that have something in common with an image, and the
// menu that offers them.
import { commands } from "$ipc";
import type { MoreLike as Common, MoreLikeThis } from "../ipc/bindings";
import type { Complain } from "./outcomes";

type Place = { x: number; y: number };
type Offered = { label: string; query: string };

const names = {
  looks: "Looks alike",
  prompt: "Same prompt",
  seed: "Same seed",
  model: "Same model",
  tool: "Same tool",
  reference: "Made with the same reference",
} satisfies Record<Common, string>;

/** Returns the entries of the menu. Those of the same name are numbered. */
export function entriesOf(found: readonly MoreLikeThis[]): Offered[] {
  return found.map(({ by, query }, at) => {
    const same = found.filter((each) => each.by === by);
    const number = found.slice(0, at).filter((each) => each.by === by).length + 1;
    return { label: same.length > 1 ? `${names[by]} (${number})` : names[by], query };
  });
}

export class MoreLike {
  readonly #complain: Complain;
  readonly #search: (text: string) => Promise<void>;
  /** where the menu of the selection was, in px */
  #place: Place | null = null;
  /** the menu, while it is open */
  menu = $state.raw<(Place & { entries: Offered[] }) | null>(null);

  /** `search` shows the results of a query. */
  constructor(search: (text: string) => Promise<void>, complain: Complain) {
    this.#search = search;
    this.#complain = complain;
  }

  /** Notes where the menu of the selection closes, so that this one opens there. */
  openAt(place: Place | null): void {
    this.#place = place;
  }

  /** Offers what can be searched for. */
  async offer(id: string): Promise<void> {
    const place = this.#place ?? { x: window.innerWidth / 2, y: window.innerHeight / 3 };
    this.#place = null;
    try {
      this.menu = { ...place, entries: entriesOf(await commands.moreLike(id)) };
    } catch (error) {
      this.#complain(error, "The details of this image could not be read.");
    }
  }

  /** Shows the results of a query. Its end is marked, because nobody is still typing it. */
  choose(query: string): void {
    this.menu = null;
    void this.#search(`${query} `);
  }
}
