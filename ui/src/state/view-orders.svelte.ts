// Owns the order of each view: the one that the artist chose, which the window remembers, or the
// usual one.
import type { View } from "../ipc/bindings";
import { remember, remembered } from "./memory";
import { isByLooks, ordersIn, usualOrder, type ListOrder } from "./orders";
import { choiceKey } from "./views";

const NAME = "orders";
/** The most views whose order is remembered; of more, the oldest are forgotten. */
const MOST_VIEWS = 200;

export class ViewOrders {
  #chosen = $state.raw(remembered(NAME, areOrders) ?? {});

  /** Returns the order of a view: the one that was chosen for it, or the usual one. */
  of(view: View): ListOrder {
    const chosen = this.#chosen[keyOf(view)];
    return chosen && ordersIn(view).includes(chosen.by.by) ? chosen : usualOrder(view);
  }

  choose(view: View, order: ListOrder): void {
    const key = keyOf(view);
    const others = Object.entries(this.#chosen).filter(([other]) => other !== key);
    this.#chosen = Object.fromEntries([...others, [key, order]].slice(-MOST_VIEWS)) as Chosen;
    remember(NAME, this.#chosen);
  }
}

/** Searches for images that look alike have an order of their own. */
const keyOf = (view: View): string =>
  view.view === "search" && isByLooks(view) ? `looks/${view.within}` : choiceKey(view);

type Chosen = Readonly<Record<string, ListOrder>>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function isOrder(value: unknown): value is ListOrder {
  if (!isRecord(value) || typeof value["reversed"] !== "boolean") return false;
  const { by } = value;
  if (!isRecord(by)) return false;
  if (by["by"] === "shuffle") return Number.isInteger(by["seed"]);
  return ["made", "added", "name", "size", "rating", "match", "manual"].some(
    (name) => name === by["by"],
  );
}

const areOrders = (value: unknown): value is Chosen =>
  isRecord(value) && Object.values(value).every(isOrder);
