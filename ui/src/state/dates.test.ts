import { beforeEach, expect, it, vi } from "vitest";
import type { DateChange, DatedImage, ErrorCode, Made, MadeFrom } from "../ipc/bindings";
import { aTile, i1, i2, i3, shownIn } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

const dated = (id: string, at: number, from: MadeFrom, insteadOf?: Made): DatedImage => ({
  id,
  made: { at, from },
  instead_of: insteadOf ?? null,
});
const given: Made = { at: 99, from: "artist" };
const before = [dated(i1, 10, "exif", given), dated(i2, 20, "import", given)];
const replaced = [
  dated(i1, 99, "artist", { at: 10, from: "exif" }),
  dated(i2, 99, "artist", { at: 20, from: "import" }),
];
const changed = (
  of: DatedImage[],
  failed: string[] = [],
  code: ErrorCode = "NotAuthorized",
): DateChange => ({
  report: {
    done: of.map(({ id }) => id),
    failed: failed.map((id) => ({ id, error: { code, message: "" } })),
  },
  before: of,
});
const texts = (app: InstanceType<typeof App>) => app.toasts.list.map(({ text }) => text);

beforeEach(() => {
  ipc.reset();
  ipc.commands.setMade.mockResolvedValue(changed(before));
  ipc.commands.putMade.mockResolvedValue(changed(replaced));
});

it("dates many images in one step, with undo and redo", async () => {
  const app = new App();
  await app.dates.set([i1, i2], 99);
  expect(ipc.commands.setMade).toHaveBeenLastCalledWith([i1, i2], 99);
  expect(texts(app)).toEqual(["Set the date of 2 images"]);
  await app.undo();
  // Each gets its own date back, with its source.
  expect(ipc.commands.putMade).toHaveBeenLastCalledWith(before);
  await app.redo();
  expect(ipc.commands.putMade).toHaveBeenLastCalledWith(replaced);
});

it("leaves a date that was set meanwhile, and says so", async () => {
  const app = new App();
  await app.dates.set([i1, i2], 99);
  ipc.commands.putMade.mockResolvedValueOnce(changed(replaced.slice(0, 1), [i2], "Changed"));
  await app.undo();
  expect(texts(app)).toContain("1 image kept the date. Something else changed it meanwhile.");
  // Only the one that was undone is redone.
  await app.redo();
  expect(ipc.commands.putMade).toHaveBeenLastCalledWith(replaced.slice(0, 1));
});

it("reverts to the date from the file, with undo", async () => {
  const app = new App();
  const own = [dated(i1, 99, "artist")];
  ipc.commands.revertMade.mockResolvedValue(changed(own));
  await app.dates.revert([i1]);
  expect(texts(app)).toEqual(["Reverted the date of 1 image"]);
  await app.undo();
  expect(ipc.commands.putMade).toHaveBeenLastCalledWith(own);
});

it("counts images that kept their date, and undoes only the others", async () => {
  const app = new App();
  ipc.commands.setMade.mockResolvedValue(changed(before, [i3]));
  await app.dates.set([i1, i2, i3], 99);
  expect(texts(app)[0]).toMatch(/^1 image kept the date\./);
  await app.undo();
  expect(ipc.commands.putMade).toHaveBeenLastCalledWith(before);
});

it("offers no undo if no date changed", async () => {
  const app = new App();
  ipc.commands.setMade.mockRejectedValue({ code: "Catalog", message: "" });
  await app.dates.set([i1], 99);
  expect(texts(app)[0]).toMatch(/^The date was not changed\./);
  expect(await app.undone.undo()).toBeNull();
  await app.dates.set([], 99);
  expect(ipc.commands.setMade).toHaveBeenCalledTimes(1);
});

it("keeps an image selected and in the viewer when its date moves it", async () => {
  const tiles = [aTile(i1), aTile(i2), aTile(i3)];
  ipc.hold(tiles);
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.ready).toBe(true));
  app.selection.choose(0, "only");
  app.library.listing.atTop = false;
  const redated = [aTile(i1, { created_at: 1 }), aTile(i2), aTile(i3)];
  ipc.hold(redated);
  ipc.send("catalogChanged", { added: [], changed: [i1], removed: [], reload: false });
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i2, i3, i1]));
  expect(app.selection.targets()).toEqual([i1]);
  expect(app.selection.subject?.created_at).toBe(1);

  app.selection.show(2);
  ipc.hold(tiles);
  ipc.send("catalogChanged", { added: [], changed: [i1], removed: [], reload: false });
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i1, i2, i3]));
  expect([app.mode.viewing, app.selection.active?.id]).toEqual([true, i1]);
  // It came above the reader, but it is not new.
  expect(app.library.listing.unseen).toBe(0);
});
