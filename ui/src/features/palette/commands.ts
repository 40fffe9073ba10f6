// Owns what the palette offers: every action that applies, the galleries and the
// saved searches.
import { keysOf } from "../../state/actions/keys";
import { actionIds, actions, canRun } from "../../state/actions/list";
import type { App } from "../../state/app.svelte";
import type { Command } from "./matching";

export function commandsOf(app: App): Command[] {
  const { library, preferences, search } = app;
  return [
    ...actionIds
      .filter((id) => id !== "palette" && canRun(id, app))
      .map((id) => ({
        label: actions[id].name,
        keys: keysOf(id, preferences.shortcuts),
        run: () => actions[id].run(app),
      })),
    ...library.galleries.map(({ id, name }) => ({
      label: `References > ${name}`,
      run: () => app.go({ view: "references", gallery: id }),
    })),
    ...search.saved.map(({ name, query }) => ({
      label: `Search > ${name}`,
      run: () => {
        app.page = "images";
        void search.set(query);
      },
    })),
  ];
}
