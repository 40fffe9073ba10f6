// Owns which galleries or collections the selected images can be added to, also new ones.
import { tick } from "svelte";
import type { App } from "./app.svelte";
import { setsOf, type SetKind } from "./sets";
import { setKindIn } from "./views";

export type Joining = { kind: SetKind; id: string; name: string; add: () => void };

/** Asks for the name of a new gallery or collection of the images that an action applies to. */
export function nameSetOfTargets(app: App, kind: SetKind): void {
  const images = app.selection.targets();
  // The menu that offered it gives the focus back when it closes.
  void tick().then(() => app.nameNewSet(kind, images));
}

export function setsToJoin(app: App): Joining[] {
  const { library, selection, sets } = app;
  const kind = setKindIn(library.view);
  if (kind === null || !selection.hasTargets || app.page !== "images") return [];
  return setsOf(library, kind)
    .filter(({ id }) => id !== library.set?.id)
    .map(({ id, name }) => ({
      kind,
      id,
      name,
      add: () => void sets[kind].addImages(id, selection.targets()),
    }));
}
