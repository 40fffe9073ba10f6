// Owns in which views variations are shown as stacks, which the window remembers.
import type { View } from "../ipc/bindings";
import { remember, remembered } from "./memory";
import type { ListOrder } from "./orders";
import { choiceKey } from "./views";

const NAME = "stacks";
/** The most views that are remembered; of more, the oldest are forgotten. */
const MOST_VIEWS = 200;

const areKeys = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((key) => typeof key === "string");

/**
 * Whether a view can show stacks. References have no prompts of their own, and in the trash and
 * in an order by hand each image has its own place.
 */
export function canStack({ view }: View, { by }: ListOrder): boolean {
  return view !== "references" && view !== "trash" && by.by !== "manual";
}

export class ViewStacks {
  #views = $state.raw<readonly string[]>(remembered(NAME, areKeys) ?? []);

  /** Whether the artist wants stacks in a view. */
  in(view: View): boolean {
    return this.#views.includes(choiceKey(view));
  }

  choose(view: View, isStacked: boolean): void {
    const key = choiceKey(view);
    const others = this.#views.filter((other) => other !== key);
    this.#views = (isStacked ? [...others, key] : others).slice(-MOST_VIEWS);
    remember(NAME, this.#views);
  }
}
