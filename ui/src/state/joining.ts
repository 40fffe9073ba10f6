// Owns which galleries or collections the selected images can be added to.
import type { App } from "./app.svelte";
import { setsOf, type SetKind } from "./sets";
import { setKindIn } from "./views";

export type Joining = { kind: SetKind; id: string; name: string; add: () => void };

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
