import { beforeEach, expect, it, vi } from "vitest";
import { aTile, i1, i2, i3, i4, shownIn } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");
const { nothingImported } = await import("../testing/host/host");
const { actions, canRun, nameOf } = await import("./actions/list");

async function started() {
  ipc.hold([aTile(i1), aTile(i2), aTile(i3), aTile(i4)]);
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.ready).toBe(true));
  return app;
}

/** Shows a new collection of these images. */
async function withCollection(images: string[]) {
  const app = await started();
  const id = (await app.sets.collection.create("Sky", images)) ?? "";
  app.library.open({ view: "collection", collection: id });
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual(images));
  await app.library.listing.whole();
  return { app, id, shown: () => shownIn(app.library.listing) };
}

beforeEach(() => ipc.reset());

it("moves a gallery among the others, and back with undo", async () => {
  const app = await started();
  const gallery = (id: string) => ({ id, name: id, images: 0, cover: null });
  app.library.galleries = ["a", "b", "c"].map(gallery);
  const order = () => app.library.galleries.map(({ id }) => id).join("");
  ipc.commands.arrangeGalleries.mockImplementation(async (ids: string[]) => ids.map(gallery));
  await app.sets.gallery.moveTo("c", 1);
  expect(order()).toBe("acb");
  await app.sets.gallery.moveTo("a", 0);
  expect(ipc.commands.arrangeGalleries).toHaveBeenCalledExactlyOnceWith(["a", "c", "b"]);
  await app.undone.undo();
  expect(order()).toBe("abc");
  ipc.commands.arrangeGalleries.mockRejectedValue({ code: "Internal", message: "" });
  await app.sets.gallery.moveTo("a", 2);
  expect(order()).toBe("abc");
});

it("chooses a cover, and undo restores the previous one", async () => {
  const app = await started();
  const hands = { id: "a", name: "Hands", images: 2, cover: i1 };
  app.library.galleries = [hands];
  ipc.commands.setGalleryCover.mockImplementation(async (_, cover: string) => ({
    ...hands,
    cover,
  }));
  await app.sets.gallery.setCover("a", i2);
  expect(app.library.galleries[0]?.cover).toBe(i2);
  await app.undo();
  expect(ipc.commands.setGalleryCover).toHaveBeenLastCalledWith("a", i1);
  expect(app.library.galleries[0]?.cover).toBe(i1);
});

it("shows a collection in the artist's order", async () => {
  const { app, shown } = await withCollection([i2, i4, i1]);
  expect(app.library.title).toBe("Sky");
  app.reverseOrder();
  expect(shown()).toEqual([i1, i4, i2]);
  expect(app.arrangement.isByHand, "only what is first to last can be arranged").toBe(false);
  app.reverseOrder();
  expect(shown()).toEqual([i2, i4, i1]);
  expect(app.arrangement.isByHand).toBe(true);
});

it("adds only what is not in a collection, so that undo takes nothing else out", async () => {
  const { app, id, shown } = await withCollection([i2, i1]);
  await app.sets.collection.addImages(id, [i1, i3]);
  await vi.waitFor(() => expect(shown()).toEqual([i2, i1, i3]));
  await app.undo();
  await vi.waitFor(() => expect(shown()).toEqual([i2, i1]));
  await app.sets.collection.addImages(id, [i1]);
  expect(app.toasts.list.at(-1)?.text).toBe("Already in Sky");
});

it("puts removed images back where they were with undo", async () => {
  const { app, shown } = await withCollection([i2, i4, i1, i3]);
  app.selection.chooseThese([0, 1, 3], null);
  expect(nameOf("removeFromGallery", app)).toBe("Remove from collection");
  actions.removeFromGallery.run(app);
  await vi.waitFor(() => expect(shown()).toEqual([i1]));
  await app.undo();
  await vi.waitFor(() => expect(shown()).toEqual([i2, i4, i1, i3]));
  expect(ipc.commands.removeImages).not.toHaveBeenCalled();
});

it("moves dragged images together to a gap, and back to their places with undo", async () => {
  const { app, shown } = await withCollection([i2, i4, i1, i3]);
  const target = app.arrangement.dropIn([i2, i3], "generated", { position: 2, isRowEnd: false });
  expect(target).toEqual({ do: "arrange", gap: { position: 2, isRowEnd: false } });
  await app.arrangement.moveTo([i3, i2], 2);
  await vi.waitFor(() => expect(shown()).toEqual([i4, i2, i3, i1]));
  await app.undo();
  await vi.waitFor(() => expect(shown()).toEqual([i2, i4, i1, i3]));
  await app.redo();
  await vi.waitFor(() => expect(shown()).toEqual([i4, i2, i3, i1]));
});

it("images that are not in the collection on screen join it when they are dropped there", async () => {
  const { app, id } = await withCollection([i2]);
  const gap = { position: 0, isRowEnd: false };
  const join = { do: "join", set: { kind: "collection", id } };
  expect(app.arrangement.dropIn([i2, i3], "generated", gap)).toEqual(join);
  expect(app.arrangement.dropIn([i3], "reference", gap)).toBeNull();
  app.library.open({ view: "history" });
  expect(app.arrangement.dropIn([i3], "generated", gap)).toBeNull();
});

it("moves the selection by one place with the keys, and follows it", async () => {
  const { app, shown } = await withCollection([i2, i4, i1]);
  app.selection.choose(2, "only");
  actions.moveBack.run(app);
  await vi.waitFor(() => expect(shown()).toEqual([i2, i1, i4]));
  expect(app.selection.targets()).toEqual([i1]);
  actions.moveForward.run(app);
  await vi.waitFor(() => expect(shown()).toEqual([i2, i4, i1]));
  app.library.open({ view: "history" });
  app.selection.choose(0, "only");
  expect(canRun("moveBack", app)).toBe(false);
});

it("a deleted collection is restored by undo, and its view is left", async () => {
  const { app, id } = await withCollection([i2, i1]);
  await app.sets.collection.delete(id);
  expect(app.library.view).toEqual({ view: "history" });
  expect(app.library.collections).toEqual([]);
  const [toast] = app.toasts.list.filter(({ undo }) => undo);
  toast?.action?.run();
  await vi.waitFor(() => expect(app.library.collections[0]?.name).toBe("Sky"));
  expect(app.library.collections[0]?.images).toBe(2);
});

it("makes a collection of the selection as one step", async () => {
  const app = await started();
  app.selection.chooseThese([1, 2], null);
  actions.newCollection.run(app);
  await vi.waitFor(() => expect(app.newSet).toEqual({ kind: "collection", images: [i2, i3] }));
  await app.createSet("Sky");
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i2, i3]));
  await app.undo();
  expect(app.library.collections).toEqual([]);
});

it("files that are added while a collection is shown join it, also those of known images", async () => {
  const { app, id, shown } = await withCollection([i2]);
  const target = { kind: "generated", gallery: null, collection: id };
  expect(app.imports.target).toEqual(target);
  const known = {
    name: "a.png",
    outcome: "duplicate",
    id: i3,
    reason: null,
    code: null,
    kind: null,
  };
  ipc.commands.importWithDialog.mockImplementation(async () => {
    for (const collection of ipc.catalog.collections) collection.members.push(i3);
    return { ...nothingImported, duplicates: 1, done: 1, total: 1, files: [known] };
  });
  await app.imports.fromDialog();
  expect(ipc.commands.importWithDialog).toHaveBeenCalledExactlyOnceWith(target);
  await vi.waitFor(() => expect(shown()).toEqual([i2, i3]));
  expect(app.selection.targets()).toEqual([i3]);
});
