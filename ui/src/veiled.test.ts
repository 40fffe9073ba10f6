import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Bootstrap, Tile } from "./ipc/bindings";
import { aBootstrap, aDetail, aTile, aTransfer, i1, i2, i3 } from "./testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("./testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./state/app.svelte");
const { default: Root } = await import("./App.svelte");
const later = Promise.resolve(await import("./later"));

beforeEach(() => {
  ipc.reset();
  // happy-dom does not lay anything out.
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1000);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const veiledAt = (start_veiled: boolean) =>
  aBootstrap({ settings: { ...aBootstrap().settings, start_veiled } });
const some = [aTile(i1, { sensitive: true }), aTile(i2), aTile(i3, { sensitive: true })];

async function opened(tiles: Tile[] = some, bootstrap = Promise.resolve(veiledAt(true))) {
  ipc.hold(tiles);
  ipc.commands.bootstrap.mockReturnValue(bootstrap);
  ipc.commands.getImage.mockImplementation((id) => {
    const tile = tiles.find((each) => each.id === id);
    return Promise.resolve(aDetail(id, { ...tile, sensitive_mark: "words" }));
  });
  const app = new App();
  render(Root, { app, later });
  void app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  await screen.findAllByTestId("tile");
  return app;
}

const isVeiled = (picture: Element | null | undefined) => picture?.closest(".veil") != null;
/** Whether each picture of the grid is veiled, in order. */
const inGrid = () =>
  screen.getAllByTestId("tile").map((tile) => isVeiled(tile.querySelector("img")));

it("draws no sensitive picture unveiled before the settings are known", async () => {
  let answer: (bootstrap: Bootstrap) => void = () => undefined;
  const app = await opened(some, new Promise((resolve) => (answer = resolve)));
  expect(inGrid()).toEqual([true, false, true]);
  answer(veiledAt(false));
  await vi.waitFor(() => expect(app.veil.isOn).toBe(false));
  await vi.waitFor(() => expect(inGrid()).toEqual([false, false, false]));
});

it("veils and shows all sensitive pictures with one key", async () => {
  await opened();
  expect(inGrid()).toEqual([true, false, true]);
  await fireEvent.keyDown(window, { key: "V", shiftKey: true });
  expect(inGrid()).toEqual([false, false, false]);
  expect(screen.getByTestId("veil").getAttribute("aria-pressed")).toBe("false");
  await fireEvent.click(screen.getByTestId("veil"));
  expect(inGrid()).toEqual([true, false, true]);
});

it("only what is veiled has the radius of its veil, since the web view keeps memory for each value", async () => {
  const app = await opened();
  const haveRadius = (elements: HTMLElement[]) =>
    elements.map((element) => element.style.getPropertyValue("--veil-blur") !== "");
  const tiles = () => haveRadius(screen.getAllByTestId("tile"));
  expect(tiles()).toEqual([true, false, true]);
  await fireEvent.keyDown(window, { key: "V", shiftKey: true });
  expect(tiles()).toEqual([false, false, false]);

  const picturesIn = (elements: HTMLElement[]) =>
    haveRadius(
      elements.flatMap((element) => [...element.querySelectorAll<HTMLElement>(".picture")]),
    );
  app.selection.show(0);
  const viewer = await screen.findByTestId("viewer");
  expect(picturesIn([viewer])).toEqual([false]);
  await fireEvent.keyDown(window, { key: "V", shiftKey: true });
  expect(picturesIn([viewer])).toEqual([true]);
  app.mode.leave("view");
  app.selection.chooseThese([0, 1], null);
  app.mode.compare(app.selection.targets());
  expect(picturesIn(await screen.findAllByTestId("compare-pane"))).toEqual([true, false]);
});

it("hovering shows neither the picture nor its prompt, and a click on Show does", async () => {
  const app = await opened();
  await fireEvent.pointerOver(screen.getAllByTestId("tile")[0] as HTMLElement);
  const show = await screen.findByTestId("unveil");
  expect(inGrid()).toEqual([true, false, true]);
  expect(screen.queryByText(`prompt of ${i1}`)).toBeNull();
  await fireEvent.click(show);
  expect(inGrid()).toEqual([false, false, true]);
  expect(screen.getByText(`prompt of ${i1}`)).toBeTruthy();
  expect(app.selection.selected.count).toBe(0);
});

it("shows the selected picture with a key, and hides it again", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  await fireEvent.keyDown(window, { key: "h" });
  expect(inGrid()).toEqual([false, false, true]);
  await fireEvent.keyDown(window, { key: "h" });
  expect(inGrid()).toEqual([true, false, true]);
});

it("loads no original of a veiled picture in the viewer, and veils the next one again", async () => {
  const app = await opened();
  app.selection.show(0);
  const viewer = within(await screen.findByTestId("viewer"));
  expect(viewer.queryByTestId("viewer-image")).toBeNull();
  const isCovered = () => isVeiled(screen.getByTestId("viewer").querySelector("img"));
  expect(isCovered()).toBe(true);
  await fireEvent.click(viewer.getByTestId("unveil"));
  expect(viewer.getByTestId("viewer-image").getAttribute("src")).toContain(`original/${i1}`);
  expect(isCovered()).toBe(false);
  app.selection.show(2);
  await vi.waitFor(() => expect(isCovered()).toBe(true));
  expect(viewer.queryByTestId("viewer-image")).toBeNull();
  await fireEvent.keyDown(window, { key: "h" });
  expect(viewer.getByTestId("viewer-image").getAttribute("src")).toContain(`original/${i3}`);
});

it("veils compared pictures one by one", async () => {
  const app = await opened();
  app.selection.chooseThese([0, 1], null);
  app.mode.compare(app.selection.targets());
  const panes = await screen.findAllByTestId("compare-pane");
  const originals = () => panes.map((pane) => pane.querySelectorAll("img").length);
  expect(originals()).toEqual([1, 2]);
  expect(panes.map((pane) => isVeiled(pane.querySelector("img")))).toEqual([true, false]);
  await fireEvent.click(within(screen.getByTestId("compare")).getByTestId("unveil"));
  expect(originals()).toEqual([2, 2]);
});

it("veils the small pictures of the inspector, and says who marked the picture", async () => {
  ipc.commands.madeWith.mockResolvedValue({
    linked: [aTile(i3, { sensitive: true }), aTile(i2)],
    suggested: [],
  });
  const app = await opened();
  app.selection.choose(0, "only");
  const inspector = await screen.findByTestId("inspector");
  await screen.findByText("its prompt has a word of your list");
  expect(isVeiled(inspector.querySelector("img"))).toBe(true);
  const linked = () =>
    [...screen.getByTestId("made-with").querySelectorAll("img")].map((each) => isVeiled(each));
  await vi.waitFor(() => expect(linked()).toEqual([true, false]));
  app.selection.chooseAll();
  const together = await screen.findByTestId("together");
  const small = () => [...together.querySelectorAll("img")].map((each) => isVeiled(each));
  await vi.waitFor(() => expect(small()).toEqual([true, false, true]));
});

it("veils the trash and the transfers", async () => {
  const trashed = aTile(i1, { sensitive: true, removed_at: 5 });
  const app = await opened([trashed, aTile(i2)]);
  app.library.open({ view: "trash" });
  await vi.waitFor(() => expect(inGrid()).toEqual([true]));
  ipc.commands.listTransfers.mockResolvedValue([aTransfer({ image_id: i1 })]);
  app.transfers.toggle();
  const transfer = await screen.findByTestId("transfer");
  expect(isVeiled(transfer.querySelector("img"))).toBe(true);
});

it("marks the selected pictures with a key, shows it at once, and undo takes it back", async () => {
  const app = await opened([aTile(i1), aTile(i2)]);
  app.selection.choose(1, "only");
  await fireEvent.keyDown(window, { key: "n" });
  expect(ipc.commands.setSensitive).toHaveBeenCalledExactlyOnceWith([i2], true, null);
  expect(inGrid()).toEqual([false, true]);
  expect(screen.getAllByTestId("tile-sensitive")).toHaveLength(1);
  await app.undo();
  expect(inGrid()).toEqual([false, false]);
  await vi.waitFor(() =>
    expect(ipc.commands.setSensitive).toHaveBeenLastCalledWith([i2], false, true),
  );
});

it("marks a picture in the inspector", async () => {
  const app = await opened([aTile(i1), aTile(i2)]);
  app.selection.choose(0, "only");
  const box = await screen.findByTestId<HTMLInputElement>("inspector-sensitive");
  expect(box.checked).toBe(false);
  await fireEvent.click(box);
  expect(ipc.commands.setSensitive).toHaveBeenCalledExactlyOnceWith([i1], true, null);
  expect(box.checked).toBe(true);
});
