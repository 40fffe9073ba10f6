// What this window did is read again when its event arrives, and must not change
// what is shown a second time.
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
  /** Returns how often what is shown changed while something was done. */
  const drawnBy = async (act: () => Promise<void>): Promise<number> => {
    const before = draws.now();
    await act();
    return draws.now() - before;
  };
  const hear = (change: Partial<CatalogChanged>) => library.apply({ ...nothing, ...change });
  return { app, library, listing, drawnBy, hear, stop: draws.stop };
}

it("the event of a visibility that was switched here changes nothing more", async () => {
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

it("the event of a removal that was made here changes nothing more", async () => {
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

it("an event of another process is taken in, also about an image that was just changed here", async () => {
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

it("details are read again with every event, since they say more than what is shown", async () => {
  const { library, hear, stop } = await opened();
  const before = library.revision;
  await hear({ changed: [i1] });
  await hear({ changed: [i1] });
  expect(library.revision).toBe(before + 2);
  stop();
});
