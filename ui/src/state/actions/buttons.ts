// Owns the texts and attributes of buttons that run actions, from the list of actions.
import type { App } from "../app.svelte";
import { keysOf } from "./keys";
import { actions, nameOf, type ActionId } from "./list";

/** Returns the label of the button. */
export function labelOf(id: ActionId): string {
  return actions[id].button ?? actions[id].name;
}

/** Returns the label of a button whose action depends on what is on screen. */
export function labelNow(id: ActionId, app: App): string {
  return actions[id].button ?? nameOf(id, app);
}

/** Returns the tooltip of the button: what it does now, with its keys. */
export function hintOf(id: ActionId, app: App): string {
  return `${actions[id].hint?.(app) ?? nameOf(id, app)} (${keysOf(id, app.preferences.shortcuts)})`;
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
