// Choosing in the whole window: stars, favourites, notes, orders and comparisons.
import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aTile, i1, i2, i3, i4, i5, shownIn } from "./testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("./testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { loadMemory } = await import("./state/memory");
const { App } = await import("./state/app.svelte");
const { default: Root } = await import("./App.svelte");
const later = Promise.resolve(await import("./later"));

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
});
afterEach(cleanup);

const tiles = [
  aTile(i1, { rating: 2 }),
  aTile(i2),
  aTile(i3, { rating: 5, favourite: true }),
  aTile(i4),
  aTile(i5),
];

async function opened() {
  ipc.hold(tiles);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  return app;
}
const key = (pressed: string) => fireEvent.keyDown(document.body, { key: pressed });
const stars = (testid: string) => screen.getByTestId(testid).dataset["rating"];

it("keys rate the picture in the viewer, and the stars beside its name show and set it", async () => {
  const app = await opened();
  app.selection.show(1);
  await screen.findByTestId("viewer");
  await key("4");
  await vi.waitFor(() => expect(stars("viewer-stars")).toBe("4"));
  expect(screen.getByTestId("announced").textContent).toBe("4 stars");
  const group = within(screen.getByTestId("viewer-stars"));
  await fireEvent.click(group.getByRole("button", { name: "2 stars" }));
  await vi.waitFor(() => expect(stars("viewer-stars")).toBe("2"));
  // A click on the current number takes the rating away.
  await fireEvent.click(group.getByRole("button", { name: "2 stars" }));
  await vi.waitFor(() => expect(stars("viewer-stars")).toBe("0"));
  const viewer = within(screen.getByTestId("viewer"));
  await fireEvent.click(viewer.getByTestId("heart"));
  await vi.waitFor(() =>
    expect(viewer.getByTestId("heart").getAttribute("aria-pressed")).toBe("true"),
  );
});

it("the bar and the inspector of several images show what they have in common", async () => {
  const app = await opened();
  app.selection.chooseThese([0, 2], null);
  await vi.waitFor(() => expect(screen.getByTestId("inspector-choices-note")).toBeTruthy());
  expect(screen.getByTestId("inspector-choices-note").textContent).toBe(
    "1 with 5 stars, 1 with 2 stars, 1 favourite",
  );
  expect(stars("selection-stars")).toBeUndefined();
  const group = within(screen.getByTestId("inspector-stars"));
  await fireEvent.click(group.getByRole("button", { name: "3 stars" }));
  await vi.waitFor(() => expect(stars("selection-stars")).toBe("3"));
  expect(ipc.commands.setRating).toHaveBeenCalledExactlyOnceWith([i1, i3], 3, null);
});

it("an image without a note has only a place to add one, which is saved with undo", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  const box = await screen.findByRole("textbox", { name: "Note" });
  expect(box.getAttribute("placeholder")).toBe("Add note");
  expect(screen.queryByRole("heading", { name: "Note" })).toBeNull();
  await fireEvent.input(box, { target: { value: " for the cover " } });
  await fireEvent.blur(box);
  await screen.findByRole("heading", { name: "Note" });
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith([
    { text: "for the cover", ids: [i1], instead_of: null },
  ]);
  await app.undo();
  await vi.waitFor(() => expect(screen.queryByRole("heading", { name: "Note" })).toBeNull());
});

it("a note that is being typed is saved for its image when that leaves the window", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  const box = await screen.findByRole("textbox", { name: "Note" });
  await fireEvent.input(box, { target: { value: "for the cover" } });
  // The command line removes the picture, or the artist chooses another with a key.
  app.selection.choose(1, "only");
  await vi.waitFor(() =>
    expect(ipc.commands.putNotes).toHaveBeenCalledExactlyOnceWith([
      { text: "for the cover", ids: [i1], instead_of: null },
    ]),
  );
  const prompt = await screen.findByRole("textbox", { name: "Prompt" });
  await fireEvent.input(prompt, { target: { value: "a fox" } });
  app.selection.choose(0, "only");
  await vi.waitFor(() =>
    expect(ipc.commands.editImage).toHaveBeenCalledExactlyOnceWith(
      i2,
      expect.objectContaining({ prompt: "a fox" }),
    ),
  );
});

it("one prompt, model and note are written for several images in one step each", async () => {
  const app = await opened();
  app.selection.chooseThese([0, 1], null);
  const prompt = await screen.findByRole("textbox", { name: "Prompt, for all selected images" });
  expect(prompt.getAttribute("placeholder")).toBe("Write one prompt for all");
  await fireEvent.input(prompt, { target: { value: "a fox" } });
  await fireEvent.blur(prompt);
  await vi.waitFor(() =>
    expect(ipc.commands.putEdits).toHaveBeenLastCalledWith("prompt", [
      { text: "a fox", ids: [i1, i2] },
    ]),
  );
  const model = screen.getByRole("textbox", { name: "Model, for all selected images" });
  await fireEvent.input(model, { target: { value: "flux" } });
  await fireEvent.blur(model);
  await vi.waitFor(() =>
    expect(ipc.commands.putEdits).toHaveBeenLastCalledWith("model", [
      { text: "flux", ids: [i1, i2] },
    ]),
  );
});

it("the order menu offers what the view has, and removes the days of other orders", async () => {
  const app = await opened();
  await fireEvent.click(screen.getByTestId("order"));
  const names = screen.getAllByRole("menuitemradio").map((item) => item.textContent.trim());
  expect(names).toEqual([
    "Date made",
    "Date added",
    "Name",
    "File size",
    "Rating",
    "Shuffle",
    "Newest first",
    "Oldest first",
  ]);
  await fireEvent.click(screen.getByRole("menuitemradio", { name: "Rating" }));
  await vi.waitFor(() => expect(shownIn(app.library.listing).slice(0, 2)).toEqual([i3, i1]));
  await fireEvent.click(screen.getByTestId("order"));
  await fireEvent.click(screen.getByRole("menuitemradio", { name: "Best last" }));
  expect(shownIn(app.library.listing).at(-1)).toBe(i3);
});

it("the sidebar counts the favourites, shows them, and is highlighted", async () => {
  const app = await opened();
  const row = screen.getByTestId("nav-favourites");
  await vi.waitFor(() => expect(row.textContent).toContain("1"));
  await fireEvent.click(row);
  await vi.waitFor(() => expect(shownIn(app.library.listing)).toEqual([i3]));
  expect(row.getAttribute("aria-current")).toBe("page");
  expect(screen.getByTestId("filter-favourite").getAttribute("aria-pressed")).toBe("true");
});

it("a comparison is led by keys: keep, swap, difference, and a rating of the active one", async () => {
  const app = await opened();
  app.selection.chooseThese([0, 1], null);
  await key("c");
  const shown = () => screen.getAllByTestId("compare-pane").map((pane) => pane.dataset["id"]);
  await vi.waitFor(() => expect(shown()).toEqual([i1, i2]));
  await key("k");
  await vi.waitFor(() => expect(shown()).toEqual([i1, i3]));
  await key("x");
  await vi.waitFor(() => expect(shown()).toEqual([i3, i1]));
  await key("ArrowLeft");
  await key("1");
  expect(ipc.commands.setRating).toHaveBeenCalledExactlyOnceWith([i3], 1, null);
  await key("d");
  const panes = () => screen.getByTestId("compare").querySelector(".difference");
  await vi.waitFor(() => expect(panes()).not.toBeNull());
  await key("d");
  await vi.waitFor(() => expect(panes()).toBeNull());
});

it("a tournament of all selected images ends with the winner selected", async () => {
  const app = await opened();
  app.selection.chooseAll();
  await key("c");
  await vi.waitFor(() => expect(screen.getAllByTestId("compare-pane")).toHaveLength(2));
  for (let round = 0; round < 4; round++) await key("k");
  await vi.waitFor(() => expect(screen.queryByTestId("compare")).toBeNull());
  expect(app.selection.targets()).toEqual([i1]);
  expect(app.toasts.list.at(-1)?.text).toContain("won the comparison");
});

it("the menu of the selection rates with one row, and lines separate only what is there", async () => {
  const app = await opened();
  app.selection.choose(1, "only");
  app.menu = { x: 5, y: 5 };
  const menu = await screen.findByTestId("context-menu");
  expect(menu.querySelector("hr + hr")).toBeNull();
  await fireEvent.click(within(menu).getByRole("menuitem", { name: "Rate with 5 stars" }));
  expect(app.library.listing.ratingAt(1)).toBe(5);
});
