// Owns which actions the menu of the selection offers.
import { keysOf } from "../../state/actions/keys";
import { actions, canRun, type ActionId } from "../../state/actions/list";
import type { App } from "../../state/app.svelte";

type Command = { label: string; keys: string; danger?: boolean; run: () => void };
/** A command, a line between groups, or ratings beside each other. */
export type Entry = Command | { ratings: (Command & { stars: number })[] } | "line";

const ratings = ["rate1", "rate2", "rate3", "rate4", "rate5", "rate0"] as const;

const offered: readonly (ActionId | "line" | "ratings")[] = [
  "open",
  "line",
  "visibility",
  "sensitive",
  "unveil",
  "line",
  "favourite",
  "ratings",
  "line",
  "copyLinks",
  "copyMarkdown",
  "copyHtml",
  "compare",
  "cover",
  "removeFromGallery",
  "line",
  "restore",
  "remove",
  "deletePermanently",
];
const offeredInTrash = offered.filter((id) => id !== "remove");

function commandOf(id: ActionId, app: App): Command {
  const { name, isDanger = false, run } = actions[id];
  const keys = keysOf(id, app.preferences.shortcuts);
  return { label: name, keys, danger: isDanger, run: () => run(app) };
}

export function menuEntriesOf(app: App): Entry[] {
  const ids = app.library.view.view === "trash" ? offeredInTrash : offered;
  const usable = ids.filter((id) => id === "line" || canRun(id === "ratings" ? "rate1" : id, app));
  // A group of which nothing can be used leaves no line behind.
  const shown = usable.filter(
    (id, at) => id !== "line" || (at > 0 && at < usable.length - 1 && usable[at - 1] !== "line"),
  );
  return shown.map((id): Entry => {
    if (id === "line") return id;
    if (id !== "ratings") return commandOf(id, app);
    return {
      ratings: ratings.map((rating, at) => ({
        ...commandOf(rating, app),
        stars: (at + 1) % ratings.length,
      })),
    };
  });
}
