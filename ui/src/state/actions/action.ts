// Owns what an action is.
import type { App } from "../app.svelte";

/** Where an action makes sense; also the groups of the list of shortcuts. */
export type Where = "anywhere" | "images" | "viewer" | "selection";

export type Action = {
  name: string;
  /** the keys it has until an artist chooses others */
  keys: string;
  where: Where;
  /** its name where it is offered, if that depends on what is on screen */
  nameNow?: (app: App) => string;
  /** the label of its button, if that is not its name */
  button?: string;
  /** the tooltip of its button, if that is not its name */
  hint?: (app: App) => string;
  /** whether it is switched on, if it is a switch */
  isOn?: (app: App) => boolean;
  /** it removes or deletes pictures */
  isDanger?: boolean;
  /** whether it would do something now, given that `where` makes sense; always if omitted */
  applies?: (app: App) => boolean;
  run: (app: App) => void;
};
