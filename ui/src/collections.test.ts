import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aTile, i1, i2, i3 } from "./testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("./testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./state/app.svelte");
const { default: Root } = await import("./App.svelte");
const later = Promise.resolve(await import("./later"));

beforeEach(() => ipc.reset());
afterEach(cleanup);

/** Opens a window with the collections "Sky" of two images and an empty "Sea". */
async function opened() {
  ipc.hold([aTile(i1), aTile(i2, { sensitive: true }), aTile(i3)]);
  const { id } = (await ipc.commands.createCollection("Sky" as never)) as { id: string };
  await ipc.commands.addToCollection(...([id, [i2, i1]] as never[]));
  await new Promise((resolve) => setTimeout(resolve, 2));
  await ipc.commands.createCollection("Sea" as never);
  const app = new App();
  const starting = app.start();
  render(Root, { app, later });
  await starting;
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  return { app, id };
}

const entries = () => screen.getAllByTestId("nav-collection");
const labels = () =>
  entries().map(
    (entry) =>
      entry.querySelector(".name")?.textContent +
      (entry.querySelector(".count")?.textContent ?? ""),
  );

it("lists collections with their covers and counts, and veils a sensitive cover", async () => {
  const { app } = await opened();
  expect(labels()).toEqual(["Sky2", "Sea0"]);
  const cover = screen.getByTestId("nav-cover");
  expect(cover.getAttribute("src")).toContain(i2);
  app.veil.start({ veiled: false });
  if (!app.veil.isOn) app.veil.toggle();
  await vi.waitFor(() => expect(cover.closest(".veil")).not.toBeNull());
  app.veil.toggle();
  await vi.waitFor(() => expect(cover.closest(".veil")).toBeNull());
});

it("moves, renames and deletes a collection with the keys, and undoes it", async () => {
  const { app } = await opened();
  entries()[1]?.focus();
  await fireEvent.keyDown(entries()[1] as HTMLElement, { key: "ArrowUp", altKey: true });
  await vi.waitFor(() => expect(labels()).toEqual(["Sea0", "Sky2"]));
  expect(document.activeElement).toBe(entries()[0]);
  await fireEvent.keyDown(entries()[0] as HTMLElement, { key: "F2" });
  const field = screen.getByTestId<HTMLInputElement>("collection-name");
  field.value = "Waves";
  await fireEvent.keyDown(field, { key: "Enter" });
  await vi.waitFor(() => expect(labels()).toEqual(["Waves0", "Sky2"]));
  await fireEvent.keyDown(entries()[0] as HTMLElement, { key: "Delete" });
  await vi.waitFor(() => expect(labels()).toEqual(["Sky2"]));
  for (let step = 0; step < 3; step++) await app.undo();
  await vi.waitFor(() => expect(labels().toSorted()).toEqual(["Sea0", "Sky2"]));
});

it("adds the selection to a collection from the context menu", async () => {
  const { app } = await opened();
  app.selection.choose(2, "only");
  app.menu = { x: 10, y: 10 };
  const menu = within(await screen.findByTestId("context-menu"));
  const more = menu.getByText("Add to collection").closest("button") as HTMLElement;
  more.focus();
  await fireEvent.keyDown(more, { key: "ArrowRight" });
  const beside = within(await screen.findByTestId("menu-beside"));
  expect(beside.getAllByRole("menuitem").map((item) => item.textContent.trim())).toEqual([
    "Sky",
    "Sea",
    "New collection…",
  ]);
  await fireEvent.click(beside.getByText("Sea"));
  await vi.waitFor(() => expect(labels()).toEqual(["Sky2", "Sea1"]));
  expect(screen.queryByTestId("context-menu")).toBeNull();
});

it("shows the collections of an image, opens one and takes the image out", async () => {
  const { app, id } = await opened();
  app.selection.choose(0, "only");
  const chips = within(await screen.findByTestId("memberships"));
  await fireEvent.click(await chips.findByRole("button", { name: "Remove from Sky" }));
  await vi.waitFor(() => expect(labels()).toEqual(["Sky1", "Sea0"]));
  await app.undo();
  await fireEvent.click(await chips.findByRole("button", { name: "Sky" }));
  expect(app.library.set).toEqual({ kind: "collection", id });
});
