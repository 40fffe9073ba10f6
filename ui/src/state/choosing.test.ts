import { beforeEach, expect, it, vi } from "vitest";
import { aTile, i1, i2, i3, shownIn } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { loadMemory } = await import("./memory");
const { App } = await import("./app.svelte");
const { actions, canRun } = await import("./actions/list");

async function started() {
  ipc.hold([aTile(i1, { rating: 2 }), aTile(i2), aTile(i3, { rating: 5, favourite: true })]);
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  return app;
}
type Started = Awaited<ReturnType<typeof started>>;
const all = [i1, i2, i3];
const ratings = ({ library: { listing } }: Started) =>
  all.map((id) => listing.ratingAt(listing.indexOf(id)));
const favourites = ({ library: { listing } }: Started) =>
  all.map((id) => listing.favouriteAt(listing.indexOf(id)));
const settled = async (app: Started) => {
  await vi.waitFor(() => {
    expect(app.library.overlay.wished("rating")).toEqual([]);
    expect(app.library.overlay.wished("favourite")).toEqual([]);
  });
};

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
});

it("shows a rating before the catalog has answered, says it, and shows no toast", async () => {
  const app = await started();
  ipc.commands.setRating.mockReturnValue(new Promise(() => undefined));
  app.selection.choose(1, "only");
  actions.rate4.run(app);
  expect(ratings(app)).toEqual([2, 4, 5]);
  expect(app.library.listing.at(1)?.rating).toBe(4);
  expect([app.announcements.text, app.toasts.list]).toEqual(["4 stars", []]);
});

it("undo gives each of many images the rating that it had", async () => {
  const app = await started();
  app.selection.chooseAll();
  actions.rate3.run(app);
  await settled(app);
  expect(ratings(app)).toEqual([3, 3, 3]);
  await app.undo();
  await settled(app);
  expect(ratings(app)).toEqual([2, 0, 5]);
  await app.redo();
  expect(ratings(app)).toEqual([3, 3, 3]);
});

it("undo leaves what was rated or made a favourite elsewhere meanwhile, and says so", async () => {
  const app = await started();
  app.selection.chooseAll();
  actions.rate3.run(app);
  await settled(app);
  // The command line rates one of them.
  ipc.hold([aTile(i1, { rating: 1 }), aTile(i2, { rating: 3 }), aTile(i3, { rating: 3 })]);
  await app.library.apply({ added: [], changed: [i1], removed: [], reload: false });
  await vi.waitFor(() => expect(ratings(app)).toEqual([1, 3, 3]));
  await app.undo();
  await settled(app);
  expect(ratings(app)).toEqual([1, 0, 5]);
  expect(app.toasts.list[0]?.text).toBe(
    "The rating of 1 image was not changed. Something else changed it meanwhile.",
  );
});

it("0 takes ratings away, and rapid rating ends in the last one", async () => {
  const app = await started();
  app.selection.choose(0, "only");
  for (const action of [actions.rate1, actions.rate5, actions.rate0]) action.run(app);
  await settled(app);
  expect(ratings(app)).toEqual([0, 0, 5]);
});

it("rolls a refused rating back with a message", async () => {
  const app = await started();
  ipc.commands.setRating.mockRejectedValue({ code: "NotAuthorized", message: "" });
  app.edits.setRating([i1], 5);
  await vi.waitFor(() => expect(ratings(app)).toEqual([2, 0, 5]));
  expect(app.toasts.list.at(-1)?.text).toContain("The rating of 1 image was not changed.");
});

it("makes all favourites unless all are, and undoes only what changed", async () => {
  const app = await started();
  app.selection.chooseAll();
  expect(actions.favourite.isOn?.(app)).toBe(false);
  actions.favourite.run(app);
  await settled(app);
  expect(favourites(app)).toEqual([true, true, true]);
  expect(actions.favourite.isOn?.(app)).toBe(true);
  await app.undo();
  await settled(app);
  expect(favourites(app)).toEqual([false, false, true]);
});

it("shows the next picture after a rating in the viewer only if the artist wants that", async () => {
  const app = await started();
  app.selection.show(0);
  actions.rate1.run(app);
  expect(app.selection.active?.id).toBe(i1);
  await app.setup.save({ next_after_rating: true });
  actions.rate2.run(app);
  expect(app.selection.active?.id).toBe(i2);
  actions.favourite.run(app);
  expect(app.selection.active?.id).toBe(i3);
  // Taking a choice back is no reason to leave.
  app.selection.show(0);
  actions.rate0.run(app);
  expect(app.selection.active?.id).toBe(i1);
  app.mode.leave("view");
  actions.rate5.run(app);
  expect(app.selection.targets()).toEqual([i1]);
});

it("Delete in the viewer shows the next picture", async () => {
  const app = await started();
  app.selection.show(1);
  actions.remove.run(app);
  expect([app.mode.viewing, app.selection.active?.id]).toEqual([true, i3]);
});

it("in a comparison, keys apply to the active picture, and a removed one is replaced", async () => {
  const app = await started();
  app.selection.chooseThese([0, 1], null);
  actions.compare.run(app);
  app.mode.comparison?.move(1);
  actions.rate5.run(app);
  expect(ratings(app)).toEqual([2, 5, 5]);
  actions.remove.run(app);
  expect(shownIn(app.library.listing)).toEqual([i1, i3]);
  expect(app.mode.comparison?.shown).toEqual([i1, i3]);
  actions.keep.run(app);
  expect(app.toasts.list.at(-1)?.text).toBe("No more images to compare.");
});

it("nothing is rated in the trash", async () => {
  const app = await started();
  ipc.hold([aTile(i1, { removed_at: 5 })]);
  app.library.open({ view: "trash" });
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  app.selection.choose(0, "only");
  expect([canRun("rate1", app), canRun("favourite", app)]).toEqual([false, false]);
});

it("orders the view by rating and keeps the selection, and the next opening is the same", async () => {
  const app = await started();
  app.selection.choose(1, "only");
  actions.orderByRating.run(app);
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i3, i1, i2]));
  expect(app.selection.targets()).toEqual([i2]);
  expect(app.library.listing.images.isByDate).toBe(false);
  actions.order.run(app);
  expect(shownIn(app.library.listing)).toEqual([i2, i1, i3]);
  app.library.open({ view: "feed" });
  expect(app.library.order.by).toEqual({ by: "made" });
  app.library.open({ view: "history" });
  expect(app.library.order).toEqual({ by: { by: "rating" }, reversed: true });
});

it("a rated image takes its place in a list by rating", async () => {
  const app = await started();
  actions.orderByRating.run(app);
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i3, i1, i2]));
  ipc.viewIndex.mockClear();
  app.edits.setRating([i2], 4);
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i3, i2, i1]));
  // The tiles know their places, so the list is not read again.
  expect(ipc.viewIndex).not.toHaveBeenCalled();
});

it("the list is read again when an image comes in whose place its tile does not know", async () => {
  const app = await started();
  ipc.hold([aTile(i1, { filename: "b.png" }), aTile(i2, { filename: "c.png" })]);
  actions.orderByName.run(app);
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i1, i2]));
  ipc.viewIndex.mockClear();
  app.edits.setRating([i1], 5);
  await settled(app);
  expect(ratings(app).slice(0, 2)).toEqual([5, 0]);
  expect(ipc.viewIndex).not.toHaveBeenCalled();
  ipc.hold([
    aTile(i1, { filename: "b.png" }),
    aTile(i2, { filename: "c.png" }),
    aTile(i3, { filename: "a.png" }),
  ]);
  app.library.listing.atTop = false;
  ipc.send("catalogChanged", { added: [i3], changed: [], removed: [], reload: false });
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i3, i1, i2]));
  expect([ipc.viewIndex.mock.calls.length, app.library.listing.unseen]).toEqual([1, 1]);
});

it("shows the favourites of the history, also from the feed", async () => {
  const app = await started();
  app.library.open({ view: "feed" });
  actions.favourites.run(app);
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i3]));
  expect([app.library.title, app.library.view]).toEqual([
    "Favourites",
    { view: "search", query: "is:favourite", within: "history" },
  ]);
});

it("an image that the undo has left to another program is left by the redo as well", async () => {
  const app = await started();
  app.selection.chooseAll();
  actions.rate3.run(app);
  await settled(app);
  ipc.hold([aTile(i1, { rating: 1 }), aTile(i2, { rating: 3 }), aTile(i3, { rating: 3 })]);
  await app.undo();
  await settled(app);
  // It has the rating again that the first one had before.
  ipc.hold([aTile(i1, { rating: 2 }), aTile(i2, { rating: 0 }), aTile(i3, { rating: 5 })]);
  ipc.commands.setRating.mockClear();
  await app.redo();
  await settled(app);
  expect(ipc.commands.setRating.mock.calls.flatMap(([ids]) => ids).toSorted()).toEqual([i3, i2]);
});
