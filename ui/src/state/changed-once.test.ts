// What this window did is read and shown once. Its event is not read again, and would
// change nothing if it were.
import { beforeEach, expect, it, vi } from "vitest";
import type { CatalogChanged } from "../ipc/bindings";
import { countDraws } from "../testing/draws.svelte";
import { aTile, i1, i2, i3, shownIn } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

const nothing: CatalogChanged = { added: [], changed: [], removed: [], reload: false };

beforeEach(() => ipc.reset());

async function opened() {
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  const app = new App();
  await app.start();
  const { library } = app;
  const { listing } = library;
  await vi.waitFor(() => expect(listing.complete).toBe(true));
  const draws = countDraws(() => [
    listing.images,
    listing.get(i1),
    listing.visibilityAt(0),
    app.selection.selected,
  ]);
  /** Returns how often the shown data changed during an action. */
  const drawnBy = async (act: () => Promise<void>): Promise<number> => {
    const before = draws.now();
    await act();
    return draws.now() - before;
  };
  const hear = (change: Partial<CatalogChanged>) => library.apply({ ...nothing, ...change });
  return { app, library, listing, drawnBy, hear, stop: draws.stop };
}

it("the event of our own visibility change changes nothing more", async () => {
  const { app, library, listing, drawnBy, hear, stop } = await opened();
  const switching = await drawnBy(async () => {
    app.edits.setVisibility([i1], "public");
    await vi.waitFor(() => expect(library.overlay.visibility(i1)).toBeUndefined());
  });
  expect(switching).toBeGreaterThan(0);
  expect(listing.visibilityAt(0)).toBe("public");
  expect(await drawnBy(() => hear({ changed: [i1] }))).toBe(0);
  expect(await drawnBy(() => hear({ reload: true }))).toBe(0);
  stop();
});

it("the event of our own removal changes nothing more", async () => {
  const { app, listing, drawnBy, hear, stop } = await opened();
  await app.edits.remove([i2]);
  const { images } = listing;
  expect(await drawnBy(() => hear({ removed: [i2] }))).toBe(0);
  expect(listing.images).toBe(images);
  await app.undo();
  expect(await drawnBy(() => hear({ added: [i2] }))).toBe(0);
  expect(shownIn(listing)).toEqual([i1, i2, i3]);
  stop();
});

it("applies events of other processes about an image just changed here", async () => {
  const { app, library, listing, drawnBy, hear, stop } = await opened();
  app.edits.setVisibility([i1], "public");
  await vi.waitFor(() => expect(library.overlay.visibility(i1)).toBeUndefined());
  ipc.hold([aTile(i1, { upload: "uploading", visibility: "public" }), aTile(i2), aTile(i3)]);
  expect(await drawnBy(() => hear({ changed: [i1] }))).toBe(1);
  expect(listing.get(i1)?.upload).toBe("uploading");
  ipc.hold([aTile(i1, { upload: "uploading" }), aTile(i2), aTile(i3)]);
  expect(await drawnBy(() => hear({ changed: [i1] }))).toBe(1);
  expect(listing.visibilityAt(0)).toBe("unlisted");
  stop();
});

it("details are read again with every event", async () => {
  const { library, hear, stop } = await opened();
  const before = library.revision;
  await hear({ changed: [i1] });
  await hear({ changed: [i1] });
  expect(library.revision).toBe(before + 2);
  stop();
});

const reads = () => ipc.commands.getTiles.mock.calls.length;

it("our own change is read once, not again with its event", async () => {
  const { app, library, listing, stop } = await opened();
  const before = reads();
  await app.edits.remove([i2]);
  expect(shownIn(listing)).toEqual([i1, i3]);
  expect(reads()).toBe(before + 1);
  app.edits.setVisibility([i1], "public");
  await vi.waitFor(() => expect(library.overlay.visibility(i1)).toBeUndefined());
  expect(listing.visibilityAt(0)).toBe("public");
  expect(reads()).toBe(before + 2);
  stop();
});

it("skips our own event after the answer, and reads the next one", async () => {
  const { app, listing, stop } = await opened();
  ipc.commands.removeImages.mockResolvedValue({ done: [i2], failed: [] });
  await app.edits.remove([i2]);
  const before = reads();
  ipc.send("catalogChanged", { ...nothing, removed: [i2] });
  await listing.whole();
  expect(reads()).toBe(before);
  ipc.send("catalogChanged", { ...nothing, changed: [i1] });
  await vi.waitFor(() => expect(reads()).toBe(before + 1));
  stop();
});

it("shows the real visibility when switching it back failed", async () => {
  const { app, library, listing, stop } = await opened();
  const { setVisibility } = ipc.commands;
  const refuse = async (): Promise<never> => {
    throw { code: "DiskFull", message: "" };
  };
  const first = setVisibility.getMockImplementation();
  setVisibility.mockImplementationOnce((...given) => first?.(...given) as never);
  setVisibility.mockImplementationOnce(refuse);
  app.edits.setVisibility([i1], "public");
  app.edits.setVisibility([i1], "unlisted");
  await vi.waitFor(() => expect(library.overlay.visibility(i1)).toBeUndefined());
  expect(setVisibility).toHaveBeenCalledTimes(2);
  expect(listing.visibilityAt(0)).toBe("public");
  stop();
});

it("reads events of others while a command on the image fails", async () => {
  const { app, listing, stop } = await opened();
  let fail: (error: unknown) => void = () => undefined;
  ipc.commands.removeImages.mockReturnValue(new Promise((_, reject) => (fail = reject)));
  const removing = app.edits.remove([i1]);
  ipc.hold([aTile(i2), aTile(i3)]);
  ipc.send("catalogChanged", { ...nothing, removed: [i1] });
  fail({ code: "DiskFull", message: "" });
  await removing;
  await vi.waitFor(() => expect(shownIn(listing)).toEqual([i2, i3]));
  stop();
});
