// Owns which actions there are, what they are called, and which keys do them.
// Knows nothing of how they are done.

/** Where an action makes sense. */
export type Where = "anywhere" | "images" | "viewer" | "selection";
type Described = { name: string; keys: string; where: Where };

export const actions = {
  open: { name: "Open the picture, or close it", keys: "Enter", where: "images" },
  visibility: { name: "Make public or unlisted", keys: "V", where: "selection" },
  copyLinks: { name: "Copy link", keys: "Ctrl+C", where: "selection" },
  copyMarkdown: { name: "Copy link as Markdown", keys: "Ctrl+Shift+M", where: "selection" },
  copyHtml: { name: "Copy link as HTML", keys: "Ctrl+Shift+H", where: "selection" },
  cover: { name: "Use as the gallery's cover", keys: "Ctrl+Shift+G", where: "selection" },
  compare: { name: "Compare two to four pictures", keys: "C", where: "selection" },
  remove: { name: "Move to the trash", keys: "Delete", where: "selection" },
  removeForGood: { name: "Delete for good", keys: "Shift+Delete", where: "selection" },
  restore: { name: "Restore from the trash", keys: "R", where: "selection" },
  selectAll: { name: "Select all", keys: "Ctrl+A", where: "images" },
  undo: { name: "Undo", keys: "Ctrl+Z", where: "anywhere" },
  redo: { name: "Redo", keys: "Ctrl+Shift+Z", where: "anywhere" },
  import: { name: "Import pictures", keys: "Ctrl+O", where: "anywhere" },
  search: { name: "Search", keys: "Ctrl+F", where: "anywhere" },
  palette: { name: "Command palette", keys: "Ctrl+K", where: "anywhere" },
  details: { name: "Show or hide the details", keys: "I", where: "images" },
  order: { name: "Newest or oldest first", keys: "O", where: "images" },
  pick: { name: "Pick references", keys: "P", where: "images" },
  squares: { name: "Squares or whole pictures", keys: "S", where: "images" },
  larger: { name: "Larger pictures", keys: "Ctrl++", where: "images" },
  smaller: { name: "Smaller pictures", keys: "Ctrl+-", where: "images" },
  zoom: { name: "100 % or fit", keys: "Z", where: "viewer" },
  zoomIn: { name: "Closer", keys: "+", where: "viewer" },
  zoomOut: { name: "Further away", keys: "-", where: "viewer" },
  fit: { name: "Fit", keys: "0", where: "viewer" },
  rotate: { name: "Rotate the view", keys: "Shift+R", where: "viewer" },
  sidebar: { name: "Show or hide the sidebar", keys: "Ctrl+B", where: "anywhere" },
  history: { name: "History", keys: "Ctrl+1", where: "anywhere" },
  feed: { name: "Public feed", keys: "Ctrl+2", where: "anywhere" },
  references: { name: "All references", keys: "Ctrl+3", where: "anywhere" },
  trash: { name: "Trash", keys: "Ctrl+4", where: "anywhere" },
  transfers: { name: "Transfers", keys: "Ctrl+T", where: "anywhere" },
  settings: { name: "Settings", keys: "Ctrl+,", where: "anywhere" },
  keys: { name: "Keys", keys: "?", where: "anywhere" },
} as const satisfies Record<string, Described>;

export type ActionId = keyof typeof actions;
export const actionIds = Object.keys(actions) as ActionId[];

/** Keys that also do an action, and cannot be given to another. */
const also: Record<string, ActionId> = {
  Space: "open",
  "/": "search",
  "Ctrl+Y": "redo",
  "=": "zoomIn",
  "Ctrl+=": "larger",
};
/** Keys that belong to moving about and to what is typed. */
const fixed = new Set([
  "Esc",
  "Tab",
  "Shift+Tab",
  "Ctrl+V",
  "Ctrl+X",
  ...[
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
    "Home",
    "End",
    "PageUp",
    "PageDown",
  ].flatMap((key) => [key, `Shift+${key}`]),
]);

/** The keys that an artist chose instead. */
export type Shortcuts = Partial<Record<ActionId, string>>;

export function keysOf(id: ActionId, shortcuts: Shortcuts): string {
  return shortcuts[id] ?? actions[id].keys;
}

/** Returns the action that keys do. */
export function actionFor(chord: string, shortcuts: Shortcuts): ActionId | null {
  return actionIds.find((id) => keysOf(id, shortcuts) === chord) ?? also[chord] ?? null;
}

/** Returns why keys cannot be chosen, in plain words, or null. */
export function refusalOf(chord: string): string | null {
  if (fixed.has(chord)) return `${chord} moves about and cannot be changed.`;
  return chord in also ? `${chord} is always “${actions[also[chord] ?? "open"].name}”.` : null;
}

/** Returns the shortcuts after keys were given to an action; who had them takes its old ones. */
export function withKeys(shortcuts: Shortcuts, id: ActionId, chord: string): Shortcuts {
  const next = { ...shortcuts };
  const owner = actionIds.find((each) => keysOf(each, shortcuts) === chord);
  if (owner && owner !== id) next[owner] = keysOf(id, shortcuts);
  next[id] = chord;
  const isChosen = ([each, keys]: [string, string]) => actions[each as ActionId].keys !== keys;
  return Object.fromEntries(Object.entries(next).filter(isChosen));
}
