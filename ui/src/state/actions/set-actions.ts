// Owns the actions of galleries and collections, which are part of the list of actions.
import type { App } from "../app.svelte";
import { nameSetOfTargets } from "../joining";
import { setKindIn } from "../views";
import type { Action } from "./action";

const canArrange = ({ arrangement, mode }: App) => arrangement.isByHand && !mode.viewing;

/** Moves the selected images in the collection, and keeps them on screen. */
function moveBy(app: App, by: 1 | -1): void {
  void app.arrangement.moveBy(by).then((active) => app.parts.grid?.show(active));
}

export const setActions = {
  cover: {
    name: "Use as the cover of the gallery or collection",
    nameNow: ({ library: { set } }) => `Use as the ${set?.kind ?? "gallery"}'s cover`,
    keys: "Ctrl+Shift+G",
    where: "selection",
    applies: ({ library, selection }) => library.set !== null && selection.subject !== null,
    run: ({ library: { set }, selection: { subject }, sets }) => {
      if (set && subject) void sets[set.kind].setCover(set.id, subject.id);
    },
  },
  removeFromGallery: {
    name: "Remove from gallery or collection",
    nameNow: ({ library: { set } }) => `Remove from ${set?.kind ?? "gallery"}`,
    button: "Remove",
    keys: "Shift+G",
    where: "selection",
    applies: ({ library }) => library.set !== null,
    run: ({ library: { set }, selection, sets }) => {
      if (set) void sets[set.kind].removeImages(set.id, selection.targets());
    },
  },
  newCollection: {
    name: "New collection from selection",
    keys: "Ctrl+Shift+N",
    where: "selection",
    applies: ({ library }) => setKindIn(library.view) === "collection",
    run: (app) => nameSetOfTargets(app, "collection"),
  },
  moveBack: {
    name: "Move back in the collection",
    keys: "Alt+ArrowLeft",
    where: "selection",
    applies: canArrange,
    run: (app) => moveBy(app, -1),
  },
  moveForward: {
    name: "Move forward in the collection",
    keys: "Alt+ArrowRight",
    where: "selection",
    applies: canArrange,
    run: (app) => moveBy(app, 1),
  },
} satisfies Record<string, Action>;
