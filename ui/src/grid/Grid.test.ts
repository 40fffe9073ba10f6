import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aTile, anId } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("../state/app.svelte");
const { loadMemory } = await import("../state/memory");
const { default: Root } = await import("../App.svelte");
const later = Promise.resolve(await import("../later"));

const COUNT = 400;

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
  // The test DOM has no layout, so nothing has a size.
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1000);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
});
afterEach(cleanup);

async function opened() {
  const tiles = Array.from({ length: COUNT }, (_, at) => aTile(anId(at)));
  ipc.hold(tiles);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  await tick();
  const scroller = document.querySelector<HTMLElement>(".scroller");
  if (!scroller) throw new Error("there is no grid");
  const scrollTo = async (top: number) => {
    scroller.scrollTop = top;
    await fireEvent.scroll(scroller);
  };
  return { app, tiles, scroller, scrollTo };
}

const rowNodes = () => [...document.querySelectorAll<HTMLElement>(".row")];
const shownIds = () => screen.getAllByTestId("tile").map((tile) => tile.dataset["id"]);
const rowOf = (id: string) =>
  document.querySelector<HTMLElement>(`[data-id="${id}"]`)?.closest<HTMLElement>(".row");
const topOf = (id: string) => {
  const transform = rowOf(id)?.style.transform ?? "";
  return Number(/translateY\((-?[\d.]+)px\)/.exec(transform)?.[1]);
};

it("draws only the rows near the screen", async () => {
  await opened();
  const shown = shownIds();
  expect(shown[0]).toBe(anId(0));
  expect(shown.length).toBeGreaterThan(8);
  expect(shown.length).toBeLessThan(COUNT / 4);
});

it("reuses the nodes of rows while it is scrolled", async () => {
  const { scrollTo } = await opened();
  for (let top = 200; top <= 1000; top += 200) await scrollTo(top);
  const nodes = new Set(rowNodes());
  const before = shownIds();
  for (let top = 1200; top <= 4000; top += 200) {
    await scrollTo(top);
    for (const node of rowNodes()) expect(nodes.has(node)).toBe(true);
  }
  expect(shownIds().some((id) => before.includes(id))).toBe(false);
});

it("keeps the picture at the top in place when one above it goes", async () => {
  const { app, tiles, scroller, scrollTo } = await opened();
  await scrollTo(3000);
  const held = shownIds().find((id) => id !== undefined && topOf(id) >= scroller.scrollTop) ?? "";
  const below = topOf(held) - scroller.scrollTop;
  ipc.hold(tiles.slice(20));
  const removed = tiles.slice(0, 20).map(({ id }) => id);
  await app.library.apply({ added: [], changed: [], removed, reload: false });
  await tick();
  expect(app.library.listing.images.count).toBe(COUNT - 20);
  expect(scroller.scrollTop).toBeLessThan(3000);
  // Its row may begin with another picture now; it moves by less than a row.
  expect(Math.abs(topOf(held) - scroller.scrollTop - below)).toBeLessThan(250);
});

it("reads the tiles that come on screen", async () => {
  const { app, scrollTo } = await opened();
  const asked = vi.spyOn(app.library.listing, "want");
  await scrollTo(5000);
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  const [from = 0, to = 0] = asked.mock.lastCall ?? [];
  const first = Number(screen.getAllByTestId("tile")[0]?.dataset["index"]);
  expect(from).toBeLessThanOrEqual(first);
  expect(to).toBeGreaterThan(first);
});

it("places a day with top, because its sticky header would ignore a transform", async () => {
  const { scrollTo } = await opened();
  await scrollTo(300);
  const days = [...document.querySelectorAll<HTMLElement>(".day")];
  expect(days.map(({ style }) => style.transform)).toEqual([""]);
  expect(parseFloat(days[0]?.style.top ?? "")).toBeLessThanOrEqual(0);
});

it("selects with a click, adds with Ctrl and opens with a double click", async () => {
  const { app } = await opened();
  const [first, second] = screen.getAllByTestId("tile");
  if (!first || !second) throw new Error("there are no tiles");
  await fireEvent.click(first);
  await fireEvent.click(second, { ctrlKey: true });
  expect(app.selection.targets()).toEqual([anId(0), anId(1)]);
  await fireEvent.dblClick(second);
  expect(app.mode.current).toBe("view");
});

it("selects with the first click after a drag out of the window", async () => {
  const { app } = await opened();
  const [first, second] = screen.getAllByTestId("tile");
  if (!first || !second) throw new Error("there are no tiles");
  await fireEvent.pointerDown(first, { button: 0, clientX: 10, clientY: 10 });
  await fireEvent.pointerMove(first, { buttons: 1, clientX: 90, clientY: 90 });
  expect(app.selection.targets()).toEqual([anId(0)]);
  // The window system took the pointer, so the page saw neither its release nor the next press.
  await fireEvent.pointerMove(second, { buttons: 0, clientX: 300, clientY: 10 });
  await fireEvent.click(second);
  expect(app.selection.targets()).toEqual([anId(1)]);
});

it("moves with the keys, to the end and back", async () => {
  const { app } = await opened();
  await fireEvent.keyDown(window, { key: "ArrowDown" });
  expect(app.selection.selected.active).toBe(0);
  await fireEvent.keyDown(window, { key: "ArrowRight", shiftKey: true });
  expect(app.selection.selected.count).toBe(2);
  await fireEvent.keyDown(window, { key: "End" });
  expect(app.selection.targets()).toEqual([anId(COUNT - 1)]);
  expect(shownIds()).toContain(anId(COUNT - 1));
  await fireEvent.keyDown(window, { key: "Home" });
  expect(shownIds()).toContain(anId(0));
});

it("a card describes the picture under the pointer until scrolling", async () => {
  const { scrollTo } = await opened();
  const [first] = screen.getAllByTestId("tile");
  if (!first) throw new Error("there are no tiles");
  await fireEvent.pointerOver(first);
  expect(document.querySelector(".card")?.textContent).toContain(`prompt of ${anId(0)}`);
  await scrollTo(400);
  expect(document.querySelector(".card")).toBeNull();
});
