// Owns the actions: what each is called, its keys, when it applies and what it
// does. The keyboard, the palette, the context menu, the buttons of all parts of the
// window, the list of shortcuts and the settings read this list, in its order.
import { tick } from "svelte";
import type { App } from "../app.svelte";
import { orderWords, ordersIn, type OrderName } from "../orders";
import { closed, single } from "../stacks";
import type { Action, Where } from "./action";
import { setActions } from "./set-actions";

const inView = ({ library }: App, view: "references" | "trash") => library.view.view === view;
const hasFeedAddress = ({ feed }: App) =>
  feed.status?.is_on === true && feed.status.address !== null;
const haveVisibility = (app: App) => !inView(app, "trash") && !inView(app, "references");

/** Returns the sensitive images among those that an action applies to. */
function sensitiveTargets({ library: { listing }, selection }: App): string[] {
  const { all } = listing.images;
  const places = selection.targetPlaces().filter((at) => listing.sensitiveAt(at, all));
  return places.map((at) => all.idAt(at));
}

/** Returns whether some, or all, of the images that an action applies to are sensitive. */
function sensitivity({ library: { listing }, mode, selection }: App) {
  if (mode.viewing || mode.comparison) {
    const { all } = listing.images;
    const isSensitive = selection.targetPlaces().some((at) => listing.sensitiveAt(at, all));
    return { some: isSensitive, all: isSensitive };
  }
  const { others, sensitive } = listing.sensitiveOf(selection.selected.marks);
  return { some: sensitive > 0, all: sensitive > 0 && others === 0 };
}

/** Whether there is one image to act on, and it is a generated one. */
const hasGeneratedSubject = ({ selection: { subject } }: App) => subject?.kind === "generated";

/** Acts on the one image that is selected or viewed. */
function withSubject({ selection: { subject } }: App, act: (id: string) => Promise<void>): void {
  if (subject) void act(subject.id);
}

/** Returns whether all images that an action applies to are favourites. */
function areFavourites({ library: { listing }, mode, selection }: App): boolean {
  if (mode.viewing || mode.comparison) {
    const { all } = listing.images;
    return selection.targetPlaces().every((at) => listing.favouriteAt(at, all));
  }
  const { count } = selection;
  return count > 0 && listing.choicesOf(selection.selected.marks).favourites === count;
}

/** Returns what the row that the keyboard is on is in its stack. */
const stackRole = ({ library: { listing }, selection: { selected } }: App): number =>
  listing.images.roleAt(selected.active);

const canChoose = (app: App) => !inView(app, "trash");

function rate(stars: number, name: string): Action {
  return {
    name,
    keys: String(stars),
    where: "selection",
    applies: canChoose,
    run: (app) => app.rate(stars),
  };
}

function orderBy(name: OrderName, keys: string, does: string): Action {
  return {
    name: does,
    keys,
    where: "images",
    isOn: ({ library }) => library.order.by.by === name,
    applies: ({ library: { view } }) => ordersIn(view).includes(name),
    run: (app) => app.orderBy(name),
  };
}

/** What clicks and drags do while references are picked. */
export const pickingHint = "Click to copy a link, drag to copy the file";

const list = {
  open: {
    name: "Open or close the picture",
    keys: "Enter",
    where: "images",
    run: (app) => {
      const { mode, selection } = app;
      if (mode.viewing) mode.leave("view");
      else if (!selection.active) return;
      else if (mode.picking) app.pick(selection.active.id);
      else selection.show(selection.selected.active);
    },
  },
  visibility: {
    name: "Make public or unlisted",
    keys: "V",
    where: "selection",
    applies: haveVisibility,
    run: ({ edits, selection }) => edits.toggleVisibility(selection.targets()),
  },
  makePublic: {
    name: "Make public",
    keys: "Shift+P",
    where: "selection",
    applies: haveVisibility,
    run: ({ edits, selection }) => edits.setVisibility(selection.targets(), "public"),
  },
  makeUnlisted: {
    name: "Make unlisted",
    keys: "Shift+U",
    where: "selection",
    applies: haveVisibility,
    run: ({ edits, selection }) => edits.setVisibility(selection.targets(), "unlisted"),
  },
  sensitive: {
    name: "Mark as sensitive or not",
    button: "Sensitive",
    keys: "N",
    where: "selection",
    isOn: (app) => sensitivity(app).all,
    applies: (app) => !inView(app, "references"),
    run: ({ edits, selection }) => edits.toggleSensitive(selection.targets()),
  },
  unveil: {
    name: "Show or hide a veiled picture",
    keys: "H",
    where: "selection",
    applies: (app) => app.veil.isOn && sensitivity(app).some,
    run: (app) => app.veil.toggleThese(sensitiveTargets(app)),
  },
  favourite: {
    name: "Add to or remove from favourites",
    button: "Favourite",
    keys: "F",
    where: "selection",
    isOn: areFavourites,
    applies: canChoose,
    run: (app) => app.toggleFavourite(),
  },
  rate1: rate(1, "Rate with 1 star"),
  rate2: rate(2, "Rate with 2 stars"),
  rate3: rate(3, "Rate with 3 stars"),
  rate4: rate(4, "Rate with 4 stars"),
  rate5: rate(5, "Rate with 5 stars"),
  rate0: rate(0, "Remove the rating"),
  copyLinks: {
    name: "Copy link",
    button: "Copy links",
    keys: "Ctrl+C",
    where: "selection",
    run: (app) => void app.copyLinks(app.selection.targets()),
  },
  copyMarkdown: {
    name: "Copy link as Markdown",
    keys: "Ctrl+Shift+M",
    where: "selection",
    run: (app) => void app.copyLinks(app.selection.targets(), "markdown"),
  },
  copyHtml: {
    name: "Copy link as HTML",
    keys: "Ctrl+Shift+H",
    where: "selection",
    run: (app) => void app.copyLinks(app.selection.targets(), "html"),
  },
  copyPicture: {
    name: "Copy picture",
    keys: "Ctrl+Shift+C",
    where: "selection",
    applies: ({ selection }) => selection.subject !== null,
    run: (app) => withSubject(app, (id) => app.handingOut.copyPicture(id)),
  },
  copyPrompt: {
    name: "Copy prompt",
    keys: "Ctrl+Alt+C",
    where: "selection",
    applies: hasGeneratedSubject,
    run: (app) => withSubject(app, (id) => app.handingOut.copyPrompt(id)),
  },
  copyParameters: {
    name: "Copy all parameters",
    keys: "Ctrl+Alt+Shift+C",
    where: "selection",
    applies: hasGeneratedSubject,
    run: (app) => withSubject(app, (id) => app.handingOut.copyParameters(id)),
  },
  saveCopies: {
    name: "Save a copy as…",
    nameNow: ({ selection }) =>
      selection.subject ? "Save a copy as…" : "Save copies in a folder…",
    button: "Save copies",
    keys: "Ctrl+S",
    where: "selection",
    run: ({ handingOut, selection }) => void handingOut.saveCopies(selection.targets()),
  },
  openCopy: {
    name: "Open a copy with another program",
    keys: "Ctrl+Enter",
    where: "selection",
    applies: ({ selection }) => selection.subject !== null,
    run: (app) => withSubject(app, (id) => app.handingOut.openCopy(id)),
  },
  revealCopy: {
    name: "Show a copy in the file manager",
    keys: "Ctrl+Alt+Enter",
    where: "selection",
    applies: ({ selection }) => selection.subject !== null,
    run: (app) => withSubject(app, (id) => app.handingOut.revealCopy(id)),
  },
  useAsReference: {
    name: "Use as reference",
    keys: "Shift+F",
    where: "selection",
    applies: haveVisibility,
    run: ({ handingOut, selection }) => void handingOut.useAsReferences(selection.targets()),
  },
  ...setActions,
  moreLike: {
    name: "More like this",
    keys: "M",
    where: "selection",
    applies: ({ library, mode, selection }) =>
      library.view.view !== "trash" &&
      (mode.viewing || mode.comparison !== null || selection.count === 1),
    run: (app) => {
      const [id] = app.selection.targets();
      if (id !== undefined) void app.moreLike.offer(id);
    },
  },
  compare: {
    name: "Compare pictures",
    button: "Compare",
    hint: () => "Compare pictures; of more than four, the winner meets the next one",
    keys: "C",
    where: "selection",
    applies: ({ selection, mode }) =>
      !mode.viewing && mode.comparison === null && selection.count >= 2,
    run: ({ selection, mode }) => mode.compare(selection.targets()),
  },
  keep: {
    name: "Keep this picture, compare it with the next",
    button: "Keep, next",
    keys: "K",
    where: "viewer",
    applies: ({ mode }) => mode.comparison !== null,
    run: (app) => app.keepActive(),
  },
  swap: {
    name: "Swap the compared pictures",
    button: "Swap",
    keys: "X",
    where: "viewer",
    applies: ({ mode }) => mode.comparison !== null,
    run: ({ mode }) => mode.comparison?.swap(),
  },
  difference: {
    name: "Show what differs between two pictures",
    button: "Difference",
    keys: "D",
    where: "viewer",
    isOn: ({ mode }) => mode.comparison?.isDifference === true,
    applies: ({ mode }) => mode.comparison?.canDiffer === true,
    run: ({ mode: { comparison } }) => {
      if (comparison) comparison.isDifference = !comparison.isDifference;
    },
  },
  remove: {
    name: "Move to trash",
    button: "Trash",
    keys: "Delete",
    where: "selection",
    isDanger: true,
    run: (app) => {
      const { edits, selection } = app;
      if (inView(app, "trash")) void edits.deletePermanently(selection.targets());
      else void edits.remove(selection.targets());
    },
  },
  deletePermanently: {
    name: "Delete permanently",
    keys: "Shift+Delete",
    where: "selection",
    isDanger: true,
    run: ({ edits, selection }) => void edits.deletePermanently(selection.targets()),
  },
  restore: {
    name: "Restore from trash",
    button: "Restore",
    keys: "R",
    where: "selection",
    applies: (app) => inView(app, "trash"),
    run: ({ edits, selection }) => void edits.restore(selection.targets()),
  },
  emptyTrash: {
    name: "Empty trash",
    keys: "Ctrl+Shift+Delete",
    where: "images",
    isDanger: true,
    applies: (app) => inView(app, "trash") && (app.library.shownCount ?? 0) > 0,
    run: ({ edits }) => void edits.emptyTrash(),
  },
  selectAll: {
    name: "Select all",
    keys: "Ctrl+A",
    where: "images",
    applies: ({ mode }) => !mode.viewing,
    run: ({ selection }) => selection.chooseAll(),
  },
  undo: {
    name: "Undo",
    keys: "Ctrl+Z",
    where: "anywhere",
    run: (app) => void app.undo(),
  },
  redo: {
    name: "Redo",
    keys: "Ctrl+Shift+Z",
    where: "anywhere",
    run: (app) => void app.redo(),
  },
  import: {
    name: "Import pictures",
    button: "Import",
    keys: "Ctrl+O",
    where: "anywhere",
    run: ({ imports }) => void imports.fromDialog(),
  },
  search: {
    name: "Search",
    keys: "Ctrl+F",
    where: "anywhere",
    run: (app) => {
      app.page = "images";
      app.mode.leave("view");
      // The search box exists once the viewer and the settings are closed.
      void tick().then(() => app.parts.searchBox?.focus());
    },
  },
  palette: {
    name: "Command palette",
    keys: "Ctrl+K",
    where: "anywhere",
    run: (app) => (app.dialog = "palette"),
  },
  details: {
    name: "Show or hide details",
    button: "Details",
    keys: "I",
    where: "images",
    isOn: ({ preferences }) => preferences.inspector,
    run: ({ preferences }) => (preferences.inspector = !preferences.inspector),
  },
  order: {
    name: "Reverse the order",
    hint: ({ library: { order, view } }) => {
      const { name, reversed, usual } = orderWords(order.by.by, view);
      return `${name}, ${(order.reversed ? reversed : usual).toLowerCase()}. Reverse the order`;
    },
    keys: "O",
    where: "images",
    isOn: ({ library }) => library.order.reversed,
    run: (app) => app.reverseOrder(),
  },
  orderByMade: orderBy("made", "Alt+1", "Order by date made"),
  orderByAdded: orderBy("added", "Alt+2", "Order by date added"),
  orderByName: orderBy("name", "Alt+3", "Order by name"),
  orderBySize: orderBy("size", "Alt+4", "Order by file size"),
  orderByRating: orderBy("rating", "Alt+5", "Order by rating"),
  shuffle: orderBy("shuffle", "Alt+6", "Shuffle, or shuffle again"),
  orderByMatch: orderBy("match", "Alt+7", "Order by best match"),
  orderByHand: orderBy("manual", "Alt+8", "Order as arranged by hand"),
  stacks: {
    name: "Stack variations or show all images",
    button: "Stack variations",
    hint: ({ library }) =>
      library.isStacked ? "Show all images" : "Stack what one prompt made in one go",
    keys: "Shift+S",
    where: "images",
    isOn: ({ library }) => library.isStacked,
    applies: ({ library, mode }) => library.canStack && !mode.viewing,
    run: (app) => app.toggleStacks(),
  },
  openStack: {
    name: "Open or close the stack",
    nameNow: (app) => (stackRole(app) === closed ? "Open the stack" : "Close the stack"),
    keys: "E",
    where: "images",
    applies: (app) =>
      !app.mode.viewing && app.mode.comparison === null && stackRole(app) !== single,
    run: (app) => app.toggleStack(app.selection.selected.active),
  },
  pick: {
    name: "Pick references",
    button: "Pick",
    hint: () => pickingHint,
    keys: "P",
    where: "images",
    isOn: ({ mode }) => mode.picking,
    applies: (app) => inView(app, "references") && !app.mode.viewing,
    run: ({ mode }) => mode.togglePicking(),
  },
  squares: {
    name: "Show squares or whole pictures",
    button: "Squares",
    hint: ({ preferences }) =>
      preferences.square ? "Show whole pictures" : "Crop pictures to squares",
    keys: "S",
    where: "images",
    isOn: ({ preferences }) => preferences.square,
    run: ({ preferences }) => (preferences.square = !preferences.square),
  },
  veil: {
    name: "Veil or show sensitive pictures",
    button: "Veil sensitive pictures",
    hint: ({ veil }) => (veil.isOn ? "Show sensitive pictures" : "Veil sensitive pictures"),
    keys: "Shift+V",
    where: "anywhere",
    isOn: ({ veil }) => veil.isOn,
    run: ({ veil }) => veil.toggle(),
  },
  larger: {
    name: "Larger pictures",
    keys: "Ctrl++",
    where: "images",
    run: ({ preferences }) => (preferences.size *= 1.2),
  },
  smaller: {
    name: "Smaller pictures",
    keys: "Ctrl+-",
    where: "images",
    run: ({ preferences }) => (preferences.size /= 1.2),
  },
  zoom: {
    name: "Zoom to 100% or fit",
    keys: "Z",
    where: "viewer",
    applies: ({ parts }) => parts.viewer?.toggleZoom !== undefined,
    run: ({ parts }) => parts.viewer?.toggleZoom?.(),
  },
  zoomIn: {
    name: "Zoom in",
    keys: "+",
    where: "viewer",
    run: ({ parts }) => parts.viewer?.zoomBy(1.25),
  },
  zoomOut: {
    name: "Zoom out",
    keys: "-",
    where: "viewer",
    run: ({ parts }) => parts.viewer?.zoomBy(0.8),
  },
  fit: {
    name: "Fit to window",
    button: "Fit",
    keys: "Shift+Z",
    where: "viewer",
    run: ({ parts }) => parts.viewer?.fit(),
  },
  rotate: {
    name: "Rotate view",
    keys: "Shift+R",
    where: "viewer",
    applies: ({ parts }) => parts.viewer?.rotate !== undefined,
    run: ({ parts }) => parts.viewer?.rotate?.(),
  },
  sidebar: {
    name: "Show or hide sidebar",
    button: "Sidebar",
    keys: "Ctrl+B",
    where: "anywhere",
    isOn: ({ preferences }) => preferences.sidebar,
    run: ({ preferences }) => (preferences.sidebar = !preferences.sidebar),
  },
  history: {
    name: "History",
    keys: "Ctrl+1",
    where: "anywhere",
    run: (app) => app.go({ view: "history" }),
  },
  favourites: {
    name: "Favourites",
    keys: "Ctrl+5",
    where: "anywhere",
    run: (app) => app.showFavourites(),
  },
  feed: {
    name: "Public feed",
    keys: "Ctrl+2",
    where: "anywhere",
    run: (app) => app.go({ view: "feed" }),
  },
  references: {
    name: "All references",
    keys: "Ctrl+3",
    where: "anywhere",
    run: (app) => app.go({ view: "references", gallery: null }),
  },
  trash: {
    name: "Trash",
    keys: "Ctrl+4",
    where: "anywhere",
    run: (app) => app.go({ view: "trash" }),
  },
  previewFeed: {
    name: "Preview the published feed",
    button: "Preview",
    keys: "Ctrl+Shift+F",
    where: "anywhere",
    applies: ({ feed }) => !feed.isPreviewing,
    run: ({ feed }) => void feed.preview(),
  },
  openFeed: {
    name: "Open the published feed",
    button: "Open the page in the browser",
    keys: "Ctrl+Shift+O",
    where: "anywhere",
    applies: hasFeedAddress,
    run: ({ feed }) => void feed.openPage(),
  },
  copyFeedAddress: {
    name: "Copy the address of the published feed",
    button: "Copy the address",
    keys: "Ctrl+Shift+A",
    where: "anywhere",
    applies: hasFeedAddress,
    run: (app) => {
      const address = app.feed.status?.address ?? null;
      if (address !== null) void app.copy(address, "Address copied");
    },
  },
  duplicates: {
    name: "Duplicates",
    keys: "Ctrl+D",
    where: "anywhere",
    run: (app) => app.openDuplicates(),
  },
  transfers: {
    name: "Transfers",
    keys: "Ctrl+T",
    where: "anywhere",
    run: ({ transfers }) => transfers.toggle(),
  },
  settings: {
    name: "Settings",
    keys: "Ctrl+,",
    where: "anywhere",
    run: (app) => app.openSettings(),
  },
  keys: {
    name: "Keyboard shortcuts",
    keys: "?",
    where: "anywhere",
    run: (app) => (app.dialog = "keys"),
  },
} satisfies Record<string, Action>;

/** Returns what an action is called where it is offered. */
export function nameOf(id: ActionId, app: App): string {
  const { name, nameNow } = actions[id];
  return nameNow?.(app) ?? name;
}

export type ActionId = keyof typeof list;
export const actions: Readonly<Record<ActionId, Action>> = list;
export const actionIds = Object.keys(list) as ActionId[];

const makesSense: Record<Where, (app: App) => boolean> = {
  anywhere: () => true,
  images: ({ page }) => page === "images",
  viewer: ({ page, parts }) => page === "images" && parts.viewer !== null,
  selection: ({ page, selection }) => page === "images" && selection.hasTargets,
};

/** Returns whether an action would do something now. */
export function canRun(id: ActionId, app: App): boolean {
  const { where, applies } = actions[id];
  return makesSense[where](app) && (applies?.(app) ?? true);
}
