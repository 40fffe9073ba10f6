// Owns what a button that runs an action says and does, from the list of actions.
import type { App } from "../app.svelte";
import { keysOf } from "./keys";
import { actions, type ActionId } from "./list";

/** Returns what the button says. */
export function labelOf(id: ActionId): string {
  return actions[id].button ?? actions[id].name;
}

/** Returns what it says under the pointer: what it does now, with its keys. */
export function hintOf(id: ActionId, app: App): string {
  const { hint, name } = actions[id];
  return `${hint?.(app) ?? name} (${keysOf(id, app.preferences.shortcuts)})`;
}

/** Returns the attributes of a button that has its words in it. */
export function actionButton(id: ActionId, app: App) {
  const { isOn, run } = actions[id];
  return { title: hintOf(id, app), "aria-pressed": isOn?.(app), onclick: () => run(app) };
}

/** Returns the attributes of a button that shows an icon. */
export function iconButton(id: ActionId, app: App) {
  return { ...actionButton(id, app), "aria-label": labelOf(id) };
}
