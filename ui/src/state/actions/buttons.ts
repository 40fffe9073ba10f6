// Owns the texts and attributes of buttons that run actions, from the list of actions.
import type { App } from "../app.svelte";
import { keysOf } from "./keys";
import { actions, type ActionId } from "./list";

/** Returns the label of the button. */
export function labelOf(id: ActionId): string {
  return actions[id].button ?? actions[id].name;
}

/** Returns the tooltip of the button: what it does now, with its keys. */
export function hintOf(id: ActionId, app: App): string {
  const { hint, name } = actions[id];
  return `${hint?.(app) ?? name} (${keysOf(id, app.preferences.shortcuts)})`;
}

/** Returns the attributes of a button with a label. */
export function actionButton(id: ActionId, app: App) {
  const { isOn, run } = actions[id];
  return { title: hintOf(id, app), "aria-pressed": isOn?.(app), onclick: () => run(app) };
}

/** Returns the attributes of a button that shows an icon. */
export function iconButton(id: ActionId, app: App) {
  return { ...actionButton(id, app), "aria-label": labelOf(id) };
}
