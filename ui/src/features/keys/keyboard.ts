// Owns what keys do in the window: move, go back, open the menu or run an action.
import { isControl, isTypedInto } from "../../shared/focused";
import { canRun, actions } from "../../state/actions/list";
import type { App } from "../../state/app.svelte";
import { intentOf, type Intent } from "./intents";

export function handleKey(event: KeyboardEvent, app: App): void {
  const isElsewhere = isTypedInto(event.target) || document.querySelector("dialog[open]") !== null;
  if (event.defaultPrevented || isElsewhere) return;
  const intent = intentOf(event, app.preferences.shortcuts);
  if (!intent || isLeftToPage(intent, event.target)) return;
  if (run(intent, app)) event.preventDefault();
}

/** Returns whether the focused control or the selected text needs the keys. */
function isLeftToPage(intent: Intent, target: EventTarget | null): boolean {
  switch (intent.do) {
    case "open":
      return isControl(target);
    case "move":
      return isControl(target) && target instanceof HTMLInputElement;
    case "copyLinks":
      return (window.getSelection()?.toString() ?? "") !== "";
    default:
      return false;
  }
}

/** Runs what the keys mean. Returns false if that does nothing now. */
function run(intent: Intent, app: App): boolean {
  switch (intent.do) {
    case "move":
      return app.page === "images" && move(intent, app);
    case "menu":
      if (app.page !== "images") return false;
      app.menu = app.mode.viewing
        ? { x: window.innerWidth / 2, y: window.innerHeight / 2 }
        : (app.parts.grid?.pointOfActive() ?? null);
      return app.menu !== null;
    case "escape":
      goBack(app);
      return true;
    default:
      if (!canRun(intent.do, app)) return false;
      actions[intent.do].run(app);
      return true;
  }
}

function move({ direction, extend }: Extract<Intent, { do: "move" }>, app: App): boolean {
  const { mode, selection } = app;
  if (mode.comparison) {
    // The other arrows scroll the table of differences.
    if (direction !== "left" && direction !== "right") return false;
    mode.comparison.move(direction === "left" ? -1 : 1);
    return true;
  }
  if (!mode.viewing) app.parts.grid?.move(direction, extend);
  else if (direction === "left" || direction === "up") selection.showNeighbour(-1);
  else if (direction === "right" || direction === "down") selection.showNeighbour(1);
  return true;
}

/** Closes whatever is open on top, or clears the selection. */
function goBack(app: App): void {
  const { mode, selection, transfers } = app;
  if (app.page !== "images") app.page = "images";
  else if (mode.current !== "browse") mode.leave(mode.current);
  else if (transfers.open) transfers.toggle();
  else selection.chooseNone();
}
