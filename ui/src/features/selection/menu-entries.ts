// Owns which actions the menu of the selection offers.
import { keysOf } from "../../state/actions/keys";
import { actions, canRun, nameOf, type ActionId } from "../../state/actions/list";
import type { App } from "../../state/app.svelte";
import { nameSetOfTargets, setsToJoin } from "../../state/joining";
import { setKindIn } from "../../state/views";

type Command = { label: string; keys: string; danger?: boolean; run: () => void };
export type Entry =
  | Command
  /** opens a menu beside it */
  | { label: string; more: readonly { label: string; run: () => void }[] }
  /** ratings beside each other */
  | { ratings: (Command & { stars: number })[] }
  | "line";

const ratings = ["rate1", "rate2", "rate3", "rate4", "rate5", "rate0"] as const;

const offered: readonly (ActionId | "join" | "line" | "ratings")[] = [
  "open",
  "openStack",
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

function commandOf(id: ActionId, app: App): Command {
  const { isDanger = false, run } = actions[id];
  const keys = keysOf(id, app.preferences.shortcuts);
  return { label: nameOf(id, app), keys, danger: isDanger, run: () => run(app) };
}

function ratingsOf(app: App): Entry {
  const command = (id: (typeof ratings)[number], at: number) => ({
    ...commandOf(id, app),
    stars: (at + 1) % ratings.length,
  });
  return { ratings: ratings.map(command) };
}

export function menuEntriesOf(app: App): Entry[] {
  const ids = app.library.view.view === "trash" ? offeredInTrash : offered;
  const entries = ids.flatMap((id): Entry[] => {
    if (id === "line") return [id];
    if (id === "join") return joinEntries(app);
    if (id === "ratings") return canRun("rate1", app) ? [ratingsOf(app)] : [];
    return canRun(id, app) ? [commandOf(id, app)] : [];
  });
  // A group of which nothing applies leaves no line behind.
  const first = entries.findIndex((entry) => entry !== "line");
  const last = entries.findLastIndex((entry) => entry !== "line");
  return entries.filter(
    (entry, at) => at >= first && at <= last && (entry !== "line" || entries[at - 1] !== "line"),
  );
}

/** Returns what adds the images to a gallery or collection, or to a new one. */
function joinEntries(app: App): Entry[] {
  const kind = setKindIn(app.library.view);
  if (kind === null) return [];
  const create = () => nameSetOfTargets(app, kind);
  const more = setsToJoin(app).map(({ name, add }) => ({ label: name, run: add }));
  return [{ label: `Add to ${kind}`, more: [...more, { label: `New ${kind}…`, run: create }] }];
}
