import { beforeEach, expect, it, vi } from "vitest";
import { aPage, aTile, shownIn, i1, i2, i3 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

const tiles = [aTile(i1), aTile(i2), aTile(i3)];

async function started() {
  ipc.hold(tiles);
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.ready).toBe(true));
  return app;
}
type Started = Awaited<ReturnType<typeof started>>;
const shown = (app: Started) => shownIn(app.library.listing);
const visibility = (app: Started, id: string) =>
  app.library.listing.visibilityAt(app.library.listing.indexOf(id));
/** Whether every change of this window is confirmed. */
const settled = (app: Started) => app.library.overlay.visibility(i1) === undefined;

beforeEach(() => ipc.reset());

it("hides a removed image before the catalog has answered", async () => {
  const app = await started();
  ipc.commands.removeImages.mockReturnValue(new Promise(() => undefined));
  void app.edits.remove([i2]);
  expect(shown(app)).toEqual([i1, i3]);
  expect(app.toasts.list.at(-1)).toMatchObject({ text: "Moved 1 image to Trash", undo: true });
});

it("undo restores a removed image to its place", async () => {
  const app = await started();
  await app.edits.remove([i2]);
  expect(shown(app)).toEqual([i1, i3]);
  app.toasts.list.at(-1)?.action?.run();
  await vi.waitFor(() => expect(shown(app)).toEqual([i1, i2, i3]));
  expect(ipc.commands.restoreImages).toHaveBeenCalledWith([i2]);
});

it("undo works while the removal is still running", async () => {
  const app = await started();
  let answer: (report: unknown) => void = () => undefined;
  ipc.commands.removeImages.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  void app.edits.remove([i2]);
  app.toasts.list.at(-1)?.action?.run();
  expect(ipc.commands.restoreImages).not.toHaveBeenCalled();
  answer({ done: [i2], failed: [] });
  await vi.waitFor(() => expect(shown(app)).toEqual([i1, i2, i3]));
});

it("shows an image again with the reason when removing it fails", async () => {
  const app = await started();
  ipc.commands.removeImages.mockRejectedValue({ code: "DiskFull", message: "" });
  await app.edits.remove([i2]);
  expect(shown(app)).toEqual([i1, i2, i3]);
  expect(app.toasts.list.at(-1)).toMatchObject({ tone: "danger" });
  expect(app.toasts.list.at(-1)?.text).toContain("The disk is full");
});

it("hides only the images that were removed", async () => {
  const app = await started();
  ipc.commands.removeImages.mockResolvedValue({
    done: [i1],
    failed: [{ id: i2, error: { code: "NotAuthorized", message: "" } }],
  });
  ipc.commands.getTiles.mockResolvedValue([]);
  await app.edits.remove([i1, i2]);
  expect(shown(app)).toEqual([i2, i3]);
  expect(app.toasts.list.map(({ text }) => text)).toContain("Moved 1 image to Trash");
  expect(app.toasts.list.map(({ text }) => text)).not.toContain("Moved 2 images to Trash");
});

it("says of no image that it was moved if none was, and offers no undo", async () => {
  const app = await started();
  ipc.commands.removeImages.mockRejectedValue({ code: "NotAuthorized", message: "" });
  await app.edits.remove([i1, i2]);
  expect(app.toasts.list.map(({ text }) => text).join()).not.toContain("Moved");
  expect(await app.undone.undo()).toBeNull();
});

it("selects the next image after a removal", async () => {
  const app = await started();
  app.selection.choose(1, "only");
  await app.edits.remove([i2]);
  expect(app.selection.active?.id).toBe(i3);
});

it("shows a new visibility at once and keeps it", async () => {
  const app = await started();
  app.edits.setVisibility([i1], "public");
  expect(visibility(app, i1)).toBe("public");
  await vi.waitFor(() => expect(settled(app)).toBe(true));
  expect(visibility(app, i1)).toBe("public");
});

it("rapid toggling ends in the last choice", async () => {
  const app = await started();
  for (let times = 0; times < 3; times++) app.edits.toggleVisibility([i1]);
  expect(visibility(app, i1)).toBe("public");
  await vi.waitFor(() => expect(settled(app)).toBe(true));
  expect(visibility(app, i1)).toBe("public");
});

it("ignores stale catalog data during a change", async () => {
  const app = await started();
  ipc.commands.setVisibility.mockReturnValue(new Promise(() => undefined));
  app.edits.setVisibility([i1], "public");
  await app.library.apply({ added: [], changed: [i1], removed: [], reload: false });
  expect(visibility(app, i1)).toBe("public");
});

it("rolls a refused visibility back with a message", async () => {
  const app = await started();
  ipc.commands.setVisibility.mockRejectedValue({ code: "NotAuthorized", message: "" });
  app.edits.setVisibility([i1], "public");
  await vi.waitFor(() => expect(visibility(app, i1)).toBe("unlisted"));
  expect(app.toasts.list.at(-1)?.text).toContain("another profile");
});

it("removes an image from the feed as soon as it becomes unlisted", async () => {
  const app = await started();
  ipc.hold(tiles.map((tile) => ({ ...tile, visibility: "public" as const })));
  app.library.open({ view: "feed" });
  await vi.waitFor(() => expect(shown(app)).toHaveLength(3));
  ipc.commands.setVisibility.mockReturnValue(new Promise(() => undefined));
  app.edits.setVisibility([i2], "unlisted");
  expect(shown(app)).toEqual([i1, i3]);
});

it("does not show a cached feed after a change", async () => {
  const app = await started();
  ipc.hold(tiles.map((tile) => ({ ...tile, visibility: "public" as const })));
  app.library.open({ view: "feed" });
  await vi.waitFor(() => expect(shown(app)).toHaveLength(3));
  app.library.open({ view: "history" });
  ipc.commands.listImages.mockReturnValue(new Promise(() => undefined));
  await app.library.apply({ added: [], changed: [i1], removed: [], reload: false });
  app.library.open({ view: "feed" });
  expect(shown(app)).toEqual([]);
});

it("deletes permanently only after confirmation", async () => {
  const app = await started();
  const asked = app.edits.deletePermanently([i1]);
  expect(app.confirmation.question?.title).toBe("Delete 1 image permanently?");
  app.confirmation.answer(false);
  await asked;
  expect(ipc.commands.removeImages).not.toHaveBeenCalled();
  const again = app.edits.deletePermanently([i1]);
  app.confirmation.answer(true);
  await again;
  expect(ipc.commands.removeImages).toHaveBeenCalledWith([i1], true);
});

it("asks for the library and its first page at the same time", async () => {
  let asked = false;
  ipc.hold(tiles);
  ipc.commands.bootstrap.mockImplementation(() => {
    asked = ipc.commands.listImages.mock.calls.length === 1;
    return new Promise(() => undefined);
  });
  ipc.commands.listImages.mockResolvedValue(aPage(tiles));
  const app = new App();
  void app.start();
  await vi.waitFor(() => expect(shown(app)).toHaveLength(3));
  expect(asked).toBe(true);
});

it("undoes and redoes an action on many images as one step", async () => {
  const app = await started();
  app.edits.setVisibility([i1, i3], "public");
  app.edits.toggleVisibility([i1, i2, i3]);
  const all = () => [i1, i2, i3].map((id) => visibility(app, id)).join(" ");
  expect(all()).toBe("public public public");
  await app.undo();
  expect(all()).toBe("public unlisted public");
  await app.undo();
  expect(all()).toBe("unlisted unlisted unlisted");
  await app.redo();
  expect(all()).toBe("public unlisted public");
  expect(app.toasts.list.at(-1)?.text).toBe("Redone: Made 2 images public");
});

it("marks images that are not marked, and never a reference", async () => {
  ipc.hold([
    aTile(i1, { removed_at: 5 }),
    aTile(i2, { removed_at: 5, sensitive: true }),
    aTile(i3, { removed_at: 5, kind: "reference", visibility: null }),
  ]);
  const app = new App();
  await app.start();
  // Only the trash shows images of both kinds.
  app.library.open({ view: "trash" });
  await vi.waitFor(() => expect(shown(app)).toHaveLength(3));
  app.edits.toggleSensitive([i1, i2, i3]);
  expect(ipc.commands.setSensitive).toHaveBeenCalledExactlyOnceWith([i1], true, null);
  await vi.waitFor(() => expect(app.library.overlay.sensitive(i1)).toBeUndefined());
  app.edits.toggleSensitive([i1, i2]);
  expect(ipc.commands.setSensitive).toHaveBeenLastCalledWith([i1, i2], false, null);
});

it("rolls a refused mark back with a message", async () => {
  const app = await started();
  ipc.commands.setSensitive.mockRejectedValue({ code: "NotAuthorized", message: "" });
  app.edits.setSensitive([i1, i2], true);
  expect(app.library.listing.sensitiveAt(0)).toBe(true);
  await vi.waitFor(() => expect(app.library.listing.sensitiveAt(0)).toBe(false));
  expect(app.toasts.list.at(-1)?.text).toContain("The mark of 2 images was not changed.");
});
