import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DuplicateImage, UnneededDuplicate } from "../../ipc/bindings";
import { aDuplicate } from "../../testing/fixtures";
import { aTile, i1, i2, i3 } from "../../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("../../state/app.svelte");
const { actions } = await import("../../state/actions/list");
const { default: Root } = await import("../../App.svelte");
const later = Promise.resolve(await import("../../later"));

beforeEach(() => ipc.reset());
afterEach(cleanup);

const found = (groups: DuplicateImage[][], left_out = 0) => ({
  groups,
  left_out,
  not_compared: 0,
  is_complete: true,
});

async function opened(groups: DuplicateImage[][], left_out = 0) {
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  ipc.commands.findDuplicates.mockResolvedValue(found(groups, left_out));
  ipc.commands.removeDuplicates.mockImplementation((unneeded: UnneededDuplicate[]) =>
    Promise.resolve({ done: unneeded.map(({ id }) => id), failed: [] }),
  );
  const app = new App();
  render(Root, { app, later });
  await app.start();
  actions.duplicates.run(app);
  await vi.waitFor(() => expect(app.duplicates.found).not.toBeNull());
  return app;
}

const trio = [aDuplicate(i1), aDuplicate(i2), aDuplicate(i3, { is_public: true })];

it("keeps one image of a group and moves the others to the trash, and undo brings them back", async () => {
  const app = await opened([trio]);
  expect(screen.getAllByTestId("duplicate").map((each) => each.dataset.fate)).toEqual([
    "kept",
    "goes",
    "stays",
  ]);
  expect(ipc.commands.removeDuplicates).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId("duplicates-trash"));
  await vi.waitFor(() =>
    expect(ipc.commands.removeDuplicates).toHaveBeenCalledExactlyOnceWith([
      { id: i2, keeper: i1, is_decided: false },
    ]),
  );
  await vi.waitFor(() => expect(screen.getAllByTestId("duplicate")).toHaveLength(2));
  app.duplicates.hear({ added: [i2], changed: [], removed: [], reload: false });
  await vi.waitFor(() => expect(screen.getAllByTestId("duplicate")).toHaveLength(3));
});

it("leaves alone what the library still needs, with the reason, and asks to search again", async () => {
  const app = await opened([trio]);
  const message = "was changed, and the kept one lacks something of it now";
  ipc.commands.removeDuplicates.mockResolvedValue({
    done: [],
    failed: [{ id: i2, error: { code: "InvalidInput", message: `it ${message}` } }],
  });
  await fireEvent.click(screen.getByTestId("duplicates-trash"));
  await vi.waitFor(() => expect(app.duplicates.isOutdated).toBe(true));
  expect(screen.getAllByTestId("duplicate")).toHaveLength(3);
  await vi.waitFor(() => expect(app.toasts.list.at(-1)?.text).toContain(message));
});

it("says that images changed since the search", async () => {
  const app = await opened([trio]);
  app.duplicates.hear({ added: [], changed: ["another"], removed: [], reload: false });
  expect(app.duplicates.isOutdated).toBe(false);
  app.duplicates.hear({ added: [], changed: [i3], removed: [], reload: false });
  expect(app.duplicates.isOutdated).toBe(true);
});

it("lets the artist keep another image", async () => {
  await opened([trio]);
  const second = screen.getAllByTestId("duplicate")[1] as HTMLElement;
  await fireEvent.click(within(second).getByTestId("duplicate-keep"));
  await fireEvent.click(screen.getByTestId("duplicates-trash"));
  await vi.waitFor(() =>
    expect(ipc.commands.removeDuplicates).toHaveBeenCalledExactlyOnceWith([
      { id: i1, keeper: i2, is_decided: false },
    ]),
  );
});

it("moves nothing of groups that were not on screen", async () => {
  const id = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  const groups = Array.from({ length: 25 }, (_, at) => [
    aDuplicate(id(2 * at)),
    aDuplicate(id(2 * at + 1)),
  ]);
  const app = await opened(groups, 7);
  await vi.waitFor(() => expect(app.duplicates.leavingSeen).toHaveLength(20));
  expect(screen.getByText(/7 more groups are not listed/)).toBeTruthy();
  await fireEvent.click(screen.getByTestId("duplicates-next"));
  await vi.waitFor(() => expect(app.duplicates.leavingSeen).toHaveLength(25));
  await fireEvent.click(screen.getByTestId("duplicates-trash-all"));
  await vi.waitFor(() => expect(ipc.commands.removeDuplicates).toHaveBeenCalledOnce());
  expect(ipc.commands.removeDuplicates.mock.calls[0]?.[0]).toHaveLength(25);
  await screen.findByTestId("duplicates-none");
});

it("offers what an image has in common with others as searches", async () => {
  ipc.hold([aTile(i1), aTile(i2)]);
  ipc.commands.moreLike.mockResolvedValue([
    { by: "looks", query: `similar:${i1}` },
    { by: "reference", query: "reference:a" },
    { by: "reference", query: "reference:b" },
  ]);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  app.selection.choose(0, "only");
  actions.moreLike.run(app);
  const entries = await screen.findAllByRole("menuitem");
  expect(entries.map((entry) => entry.textContent)).toEqual([
    "Looks alike",
    "Made with the same reference (1)",
    "Made with the same reference (2)",
  ]);
  await fireEvent.click(entries[0] as HTMLElement);
  await vi.waitFor(() => expect(app.search.text).toBe(`similar:${i1} `));
  expect(app.moreLike.menu).toBeNull();
});
