// Stacks in the whole window: showing, opening, and acting on them as a whole.
import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aTile, i0, i1, i2, i3, i4, i5, i6, shownIn } from "./testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("./testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { loadMemory } = await import("./state/memory");
const { App } = await import("./state/app.svelte");
const { actions, canRun } = await import("./state/actions/list");
const { default: Root } = await import("./App.svelte");
const later = Promise.resolve(await import("./later"));

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
  // The test DOM has no layout, so nothing has a size.
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1000);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
});
afterEach(cleanup);

/** Two stacks whose images alternate, and one image in none. */
const tiles = [
  aTile(i1, { stack: 7 }),
  aTile(i2, { stack: 8, rating: 2 }),
  aTile(i3, { stack: 7, sensitive: true }),
  aTile(i4),
  aTile(i5, { stack: 8 }),
  aTile(i6, { stack: 7 }),
];

async function opened({ isStacked = true } = {}) {
  ipc.hold(tiles);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  await tick();
  if (isStacked) actions.stacks.run(app);
  await tick();
  return { app, shown: () => shownIn(app.library.listing) };
}
type Opened = Awaited<ReturnType<typeof opened>>;
const key = (pressed: string, more: object = {}) =>
  fireEvent.keyDown(document.body, { key: pressed, ...more });
const badges = () => screen.queryAllByTestId("stack").map((badge) => badge.textContent.trim());
const badge = (at: number) => screen.getAllByTestId("stack")[at] as HTMLElement;
const told = ({ app }: Opened) =>
  app.library.apply({ added: [], changed: [], removed: [], reload: true });

it("stacks the variations of a view, remembers it, and shows all again", async () => {
  const { app, shown } = await opened({ isStacked: false });
  expect([shown().length, badges()]).toEqual([6, []]);
  await key("S", { shiftKey: true });
  await vi.waitFor(() => expect(badges()).toEqual(["3", "2"]));
  expect(shown()).toEqual([i1, i2, i4]);
  expect(badge(0).getAttribute("aria-label")).toBe("Stack of 3 images");
  expect(screen.getByTestId("stacks").getAttribute("aria-pressed")).toBe("true");
  expect(app.library.shownCount).toBe(6);
  expect(within(document.body).getByText("6 images", { selector: "h2 span" })).toBeTruthy();

  app.go({ view: "references", gallery: null });
  expect(canRun("stacks", app)).toBe(false);
  app.go({ view: "history" });
  expect(shown()).toEqual([i1, i2, i4]);
  await vi.waitFor(() =>
    expect(ipc.commands.remember).toHaveBeenCalledWith("stacks", '["history"]'),
  );
  await fireEvent.click(screen.getByTestId("stacks"));
  expect(shown().length).toBe(6);
});

it("opens a stack in its place, and closes it with the keyboard on its cover", async () => {
  const { app, shown } = await opened();
  await fireEvent.click(badge(0));
  expect(shown()).toEqual([i1, i3, i6, i2, i4]);
  await vi.waitFor(() => expect(badge(0).getAttribute("aria-expanded")).toBe("true"));
  const together = document.querySelectorAll(".tile.together");
  expect(Array.from(together, (tile) => (tile as HTMLElement).dataset["id"])).toEqual([i1, i3, i6]);
  // Each is one image now.
  app.selection.choose(2, "only");
  expect([app.selection.targets(), app.selection.subject?.id]).toEqual([[i6], i6]);
  await key("e");
  expect(shown()).toEqual([i1, i2, i4]);
  expect([app.selection.selected.active, app.selection.targets()]).toEqual([0, [i1, i3, i6]]);
  expect(app.announcements.text).toBe("Stack of 3 images closed");
  await key("e");
  expect(shown()).toEqual([i1, i3, i6, i2, i4]);
});

it("a double click on the badge opens no viewer", async () => {
  const { app } = await opened();
  await fireEvent.dblClick(badge(0));
  expect(app.mode.viewing).toBe(false);
});

it("a closed stack is rated, favourited, made public and counted as a whole", async () => {
  const { app } = await opened();
  app.selection.chooseThese([0, 2], null);
  await vi.waitFor(() =>
    expect(screen.getByTestId("selection-bar").textContent).toContain("2 selected, 4 images"),
  );
  expect(screen.getByTestId("together-count").textContent.trim()).toBe("4 images");
  actions.rate4.run(app);
  expect(ipc.commands.setRating).toHaveBeenCalledExactlyOnceWith([i1, i3, i4, i6], 4, null);
  actions.favourite.run(app);
  expect(ipc.commands.setFavourite).toHaveBeenCalledExactlyOnceWith([i1, i3, i4, i6], true, null);
  await vi.waitFor(() => expect(actions.favourite.isOn?.(app)).toBe(true));
  actions.makePublic.run(app);
  expect(ipc.commands.setVisibility).toHaveBeenCalledExactlyOnceWith(
    [i1, i3, i4, i6],
    "public",
    null,
  );
  const { marks } = app.selection.selected;
  expect(app.library.listing.visibilitiesOf(marks)).toEqual({ public: 4, unlisted: 0 });
  expect(app.library.listing.sensitiveOf(marks)).toEqual({ sensitive: 1, others: 3 });
  expect(app.library.listing.choicesOf(marks)).toEqual({
    favourites: 4,
    stars: [0, 0, 0, 0, 4, 0],
  });
});

it("a cover that is selected alone stands for its stack in the inspector and in all actions", async () => {
  const { app } = await opened();
  app.selection.choose(1, "only");
  expect(app.selection.subject).toBeNull();
  await vi.waitFor(() =>
    expect(screen.getByTestId("together-count").textContent.trim()).toBe("2 images"),
  );
  expect(screen.getByTestId("selection-bar").textContent).toContain("1 selected, 2 images");
  expect([canRun("compare", app), canRun("copyPicture", app)]).toEqual([true, false]);
  await app.copyLinks(app.selection.targets());
  expect(ipc.commands.getLinks).toHaveBeenCalledExactlyOnceWith([i2, i5]);
  await app.dragOut(app.selection.targets());
  expect(ipc.commands.dragImages).toHaveBeenCalledExactlyOnceWith([i2, i5]);
  expect(app.dragged.kind).toBe("generated");
  actions.sensitive.run(app);
  expect(ipc.commands.setSensitive).toHaveBeenCalledExactlyOnceWith([i2, i5], true, null);
});

it("removes a whole stack, and undo brings it back closed", async () => {
  const { app, shown } = await opened();
  app.selection.choose(0, "only");
  actions.remove.run(app);
  expect(shown()).toEqual([i2, i4]);
  expect(ipc.commands.removeImages).toHaveBeenCalledExactlyOnceWith([i1, i3, i6], false);
  await vi.waitFor(() => expect(app.library.overlay.hiddenFrom(app.library.view)).toEqual([]));
  await app.undo();
  await vi.waitFor(() => expect(shown()).toEqual([i1, i2, i4]));
  await vi.waitFor(() => expect(badges()).toEqual(["3", "2"]));
});

it("the viewer walks through the images of stacks, which are closed again afterwards", async () => {
  const { app, shown } = await opened();
  app.selection.show(0);
  const seen = () => app.selection.subject?.id;
  const walk = (by: 1 | -1, steps: number) =>
    Array.from({ length: steps }, () => (app.selection.showNeighbour(by), seen()));
  expect(seen()).toBe(i1);
  expect(walk(1, 5)).toEqual([i3, i6, i2, i5, i4]);
  // In the viewer, an action is for the image on screen.
  expect(app.selection.targets()).toEqual([i4]);
  expect(walk(-1, 2)).toEqual([i5, i2]);
  app.mode.leave("view");
  expect(shown()).toEqual([i1, i2, i4]);
  expect(app.selection.selected.active).toBe(1);
  // Coming from behind, one sees the last of a stack first.
  app.selection.show(2);
  expect(walk(-1, 3)).toEqual([i5, i2, i6]);
  app.mode.leave("view");
  expect(shown()).toEqual([i1, i2, i4]);
});

it("a stack grows when another of its images arrives, and the first is its cover", async () => {
  const one = await opened();
  const { app, shown } = one;
  ipc.catalog.add(aTile(i0, { stack: 7 }));
  await app.library.apply({ added: [i0], changed: [], removed: [], reload: false });
  expect(shown()).toEqual([i0, i2, i4]);
  await vi.waitFor(() => expect(badges()).toEqual(["4", "2"]));
  // Stacks that became one are read again.
  ipc.hold(tiles.map((tile) => (tile.stack === 8 ? { ...tile, stack: 7 } : tile)));
  await told(one);
  await vi.waitFor(() => expect(badges()).toEqual(["5"]));
});

it("an image that changed its stack makes the window read which others did", async () => {
  const { app, shown } = await opened();
  // With another date, the fourth image made one stack of the two.
  ipc.hold(tiles.map((tile) => ({ ...tile, stack: 7 })));
  await app.library.apply({ added: [], changed: [i4], removed: [], reload: false });
  await vi.waitFor(() => expect(shown()).toEqual([i1]));
});

it("a picture on the hover card stands for its closed stack", async () => {
  const { app } = await opened();
  const tile = document.querySelector(`[data-id="${i1}"]`);
  await fireEvent.pointerOver(tile as Element);
  await fireEvent.click(await screen.findByTestId("tile-visibility"));
  expect(ipc.commands.setVisibility).toHaveBeenCalledExactlyOnceWith([i1, i3, i6], "public", null);
  expect(app.selection.selected.count).toBe(0);
});

it("an image that is looked for comes out of its stack", async () => {
  const { app, shown } = await opened();
  expect(await app.library.listing.find(i6)).toBe(2);
  expect(shown()).toEqual([i1, i3, i6, i2, i4]);
});
