// Owns which actions the menu of the selection offers.
import { keysOf } from "../../state/actions/keys";
import { actions, canRun, nameOf, type ActionId } from "../../state/actions/list";
import type { App } from "../../state/app.svelte";
import { setsToJoin } from "../../state/joining";
import { setKindIn } from "../../state/views";

export type Entry =
  | { label: string; keys: string; danger?: boolean; run: () => void }
  /** opens a menu beside it */
  | { label: string; more: readonly { label: string; run: () => void }[] }
  | "line";

const offered: readonly (ActionId | "join" | "line")[] = [
  "open",
  "line",
  "visibility",
  "sensitive",
  "unveil",
  "copyLinks",
  "copyMarkdown",
  "copyHtml",
  "moreLike",
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
  "line",
  "join",
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
  const entries = ids.flatMap((id): Entry[] => {
    if (id === "line") return [id];
    if (id === "join") return joinEntries(app);
    if (!canRun(id, app)) return [];
    const { isDanger = false, run } = actions[id];
    const keys = keysOf(id, app.preferences.shortcuts);
    return [{ label: nameOf(id, app), keys, danger: isDanger, run: () => run(app) }];
  });
  // Where nothing between two lines applies, one line is enough.
  return entries.filter((entry, at) => entry !== "line" || entries[at - 1] !== "line");
}

/** Returns what adds the images to a gallery or collection, or to a new one. */
function joinEntries(app: App): Entry[] {
  const kind = setKindIn(app.library.view);
  if (kind === null) return [];
  const create = () => app.nameNewSet(kind, app.selection.targets());
  const more = setsToJoin(app).map(({ name, add }) => ({ label: name, run: add }));
  return [{ label: `Add to ${kind}`, more: [...more, { label: `New ${kind}…`, run: create }] }];
}
