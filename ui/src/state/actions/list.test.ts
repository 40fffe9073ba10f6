import { beforeEach, expect, it, vi } from "vitest";
import { aPublishedFeed } from "../../testing/feed-fixtures";
import { aTile, i1, i2 } from "../../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("../app.svelte");
const { loadMemory } = await import("../memory");
const { actionIds, actions, canRun, nameOf } = await import("./list");
const { actionButton, iconButton } = await import("./buttons");

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
});

async function opened() {
  ipc.hold([aTile(i1), aTile(i2)]);
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.ready).toBe(true));
  return app;
}

it("selection actions apply once something is selected", async () => {
  const app = await opened();
  expect(canRun("copyLinks", app)).toBe(false);
  app.selection.choose(0, "only");
  expect(canRun("copyLinks", app)).toBe(true);
  expect([canRun("compare", app), canRun("restore", app)]).toEqual([false, false]);
  app.selection.choose(1, "toggle");
  expect(canRun("compare", app)).toBe(true);
});

it("only actions of the whole window apply in the settings", async () => {
  ipc.commands.feedStatus.mockResolvedValue(aPublishedFeed());
  const app = await opened();
  await vi.waitFor(() => expect(app.feed.status).not.toBeNull());
  app.selection.choose(0, "only");
  actions.settings.run(app);
  const applying = actionIds.filter((id) => canRun(id, app));
  expect(applying).toEqual(actionIds.filter((id) => actions[id].where === "anywhere"));
});

it("viewer actions apply to the picture on screen", async () => {
  const app = await opened();
  const zoomBy = vi.fn();
  expect(canRun("zoomIn", app)).toBe(false);
  const detach = app.parts.attach("viewer", { zoomBy, fit: vi.fn() });
  expect([canRun("zoomIn", app), canRun("rotate", app)]).toEqual([true, false]);
  actions.zoomIn.run(app);
  expect(zoomBy).toHaveBeenCalledExactlyOnceWith(1.25);
  detach();
  expect(canRun("zoomIn", app)).toBe(false);
});

it("removing in the trash asks before it deletes", async () => {
  const app = await opened();
  app.library.open({ view: "trash" });
  ipc.hold([aTile(i1, { removed_at: 5 })]);
  await app.library.listing.reload();
  app.selection.choose(0, "only");
  actions.remove.run(app);
  expect(app.confirmation.question?.title).toContain("permanently");
  expect(ipc.commands.removeImages).not.toHaveBeenCalled();
});

it("buttons name their current action and its chosen shortcut", async () => {
  const app = await opened();
  expect(iconButton("order", app)).toMatchObject({
    "aria-label": "Reverse the order",
    "aria-pressed": false,
    title: "Date made, newest first. Reverse the order (O)",
  });
  iconButton("order", app).onclick();
  app.preferences.shortcuts = { order: "Shift+O" };
  expect(iconButton("order", app)).toMatchObject({
    "aria-pressed": true,
    title: "Date made, oldest first. Reverse the order (Shift+O)",
  });
  expect(actionButton("import", app)).toMatchObject({
    "aria-pressed": undefined,
    title: "Import pictures (Ctrl+O)",
  });
});

it("images become public or unlisted together, whatever they were before", async () => {
  const app = await opened();
  app.selection.chooseAll();
  const shown = () => [0, 1].map((at) => app.library.listing.visibilityAt(at));
  app.edits.setVisibility([i1], "public");
  actions.makePublic.run(app);
  expect(shown()).toEqual(["public", "public"]);
  actions.makeUnlisted.run(app);
  expect(shown()).toEqual(["unlisted", "unlisted"]);
});

it("images are removed only from a gallery that is shown", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  expect(canRun("removeFromGallery", app)).toBe(false);
  ipc.hold([aTile(i1, { kind: "reference", visibility: null })]);
  const gallery = await app.sets.gallery.create("Hands");
  await ipc.commands.addToGallery(...([gallery, [i1]] as never[]));
  app.library.open({ view: "references", gallery });
  await vi.waitFor(() => expect(app.library.listing.images.count).toBe(1));
  app.selection.choose(0, "only");
  expect([canRun("removeFromGallery", app), canRun("makePublic", app)]).toEqual([true, false]);
  expect(nameOf("removeFromGallery", app)).toBe("Remove from gallery");
  actions.removeFromGallery.run(app);
  await vi.waitFor(() =>
    expect(ipc.commands.takeFromGallery).toHaveBeenCalledExactlyOnceWith(gallery, [i1]),
  );
});

it("a page is opened only once it has an address, and previewed at any time", async () => {
  const app = await opened();
  const usable = () =>
    (["previewFeed", "openFeed", "copyFeedAddress"] as const).map((id) => canRun(id, app));
  await vi.waitFor(() => expect(app.feed.status).not.toBeNull());
  expect(usable()).toEqual([true, false, false]);
  ipc.commands.feedStatus.mockResolvedValue(aPublishedFeed());
  ipc.send("feedChanged", null);
  await vi.waitFor(() => expect(usable()).toEqual([true, true, true]));
  actions.copyFeedAddress.run(app);
  expect(ipc.commands.copyText).toHaveBeenCalledExactlyOnceWith(aPublishedFeed().address);
});
