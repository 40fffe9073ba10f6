import { beforeEach, expect, it, vi } from "vitest";
import { aPage, aTile, anId } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

const tiles = Array.from({ length: 9 }, (_, at) => aTile(anId(at)));

/** Opens a history of which only the first page has arrived. */
async function opened() {
  ipc.hold(tiles);
  ipc.commands.listImages.mockResolvedValueOnce(aPage(tiles.slice(0, 2), "more"));
  let arrive: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (arrive = resolve));
  const index = ipc.viewIndex.getMockImplementation();
  ipc.viewIndex.mockImplementationOnce((view) => held.then(() => index?.(view) as never));
  const { library, selection } = new App();
  void library.start();
  await vi.waitFor(() => expect(library.listing.ready).toBe(true));
  expect(library.listing.images.count).toBe(2);
  const readRest = async () => {
    arrive();
    await vi.waitFor(() => expect(library.listing.complete).toBe(true));
  };
  return { library, selection, readRest };
}

beforeEach(() => ipc.reset());

it("selects all images of a view, even those that have not arrived", async () => {
  const { library, selection, readRest } = await opened();
  selection.chooseAll();
  expect(selection.selected.count).toBe(2);
  await readRest();
  expect(selection.selected.count).toBe(9);
  // What is imported later is not among them.
  const added = aTile(anId(-1));
  ipc.hold([added, ...tiles]);
  await library.apply({ added: [added.id], changed: [], removed: [], reload: false });
  expect([library.listing.images.count, selection.selected.count]).toEqual([10, 9]);
});

it("drops a selection that was superseded", async () => {
  const { selection, readRest } = await opened();
  selection.chooseAll();
  selection.choose(1, "only");
  await readRest();
  expect(selection.targets()).toEqual([anId(1)]);
});
