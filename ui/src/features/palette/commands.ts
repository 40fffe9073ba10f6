// Owns what the palette offers: every action that applies, the galleries, the
// collections and the saved searches.
import { keysOf } from "../../state/actions/keys";
import { actionIds, actions, canRun, nameOf } from "../../state/actions/list";
import type { App } from "../../state/app.svelte";
import { setsToJoin } from "../../state/joining";
import type { Command } from "./matching";

export function commandsOf(app: App): Command[] {
  const { library, preferences, savedSearches } = app;
  return [
    ...actionIds
      .filter((id) => id !== "palette" && canRun(id, app))
      .map((id) => ({
        label: nameOf(id, app),
        keys: keysOf(id, preferences.shortcuts),
        run: () => actions[id].run(app),
      })),
    ...setsToJoin(app).map(({ kind, name, add }) => ({
      label: `Add to ${kind} > ${name}`,
      run: add,
    })),
    ...library.galleries.map(({ id, name }) => ({
      label: `References > ${name}`,
      run: () => app.go({ view: "references", gallery: id }),
    })),
    ...library.collections.map(({ id, name }) => ({
      label: `Collections > ${name}`,
      run: () => app.go({ view: "collection", collection: id }),
    })),
    ...savedSearches.list.map((saved) => ({
      label: `Search > ${saved.name}`,
      run: () => {
        app.page = "images";
        void savedSearches.open(saved);
      },
    })),
  ];
}
