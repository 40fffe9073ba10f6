// Owns which actions the menu of the selection offers.
import { keysOf } from "../../state/actions/keys";
import { actions, canRun, type ActionId } from "../../state/actions/list";
import type { App } from "../../state/app.svelte";

export type Entry = { label: string; keys: string; danger?: boolean; run: () => void } | "line";

const offered: readonly (ActionId | "line")[] = [
  "open",
  "line",
  "visibility",
  "sensitive",
  "unveil",
  "copyLinks",
  "copyMarkdown",
  "copyHtml",
  "line",
  "copyPicture",
  "copyPrompt",
  "copyParameters",
  "saveCopies",
  "openCopy",
  "revealCopy",
  "useAsReference",
  "line",
  "compare",
  "cover",
  "removeFromGallery",
  "line",
  "restore",
  "remove",
  "deletePermanently",
];
const offeredInTrash = offered.filter((id) => id !== "remove");

export function menuEntriesOf(app: App): Entry[] {
  const ids = app.library.view.view === "trash" ? offeredInTrash : offered;
  const usable = ids.filter((id) => id === "line" || canRun(id, app));
  return usable.map((id) => {
    if (id === "line") return id;
    const { name, isDanger = false, run } = actions[id];
    const keys = keysOf(id, app.preferences.shortcuts);
    return { label: name, keys, danger: isDanger, run: () => run(app) };
  });
}
