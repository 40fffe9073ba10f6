import { beforeEach, expect, it, vi } from "vitest";
import { aTile, i1, i2 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

beforeEach(() => {
  ipc.reset();
  ipc.hold([aTile(i1), aTile(i2)]);
});

it("sets a note for many images, and undo gives each its own back", async () => {
  const app = new App();
  const before = [
    { text: "", ids: [i1] },
    { text: "for the cover", ids: [i2] },
  ];
  const report = { done: [i1, i2], failed: [] };
  ipc.commands.putNotes.mockResolvedValue({ report, before });
  await app.texts.setNote([i1, i2], "print");
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith([{ text: "print", ids: [i1, i2] }]);
  expect(app.announcements.text).toBe("Changed the note of 2 images");
  expect(app.toasts.list).toEqual([]);
  await app.undone.undo();
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith(before);
  await app.undone.redo();
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith([{ text: "print", ids: [i1, i2] }]);
});

it("leaves a note that was written meanwhile, and says so", async () => {
  const app = new App();
  const before = [{ text: "", ids: [i1, i2] }];
  const report = { done: [i1, i2], failed: [] };
  ipc.commands.putNotes.mockResolvedValue({ report, before });
  await app.texts.setNote([i1, i2], "print");
  // The command line has changed one of them.
  const found = [
    { text: "print", ids: [i1] },
    { text: "newer", ids: [i2] },
  ];
  ipc.commands.putNotes.mockResolvedValueOnce({ report, before: found });
  await app.undone.undo();
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith([{ text: "newer", ids: [i2] }]);
  expect(app.toasts.list[0]?.text).toBe("1 image changed meanwhile and stays as it is.");
});

it("sets the model for many images in one step, and undo reverts what was read", async () => {
  const app = new App();
  const before = [{ text: null, ids: [i1, i2] }];
  const report = { done: [i1, i2], failed: [] };
  ipc.commands.putEdits.mockResolvedValue({ report, before });
  await app.texts.setField("model", [i1, i2], "sdxl");
  expect(ipc.commands.putEdits).toHaveBeenLastCalledWith("model", [
    { text: "sdxl", ids: [i1, i2] },
  ]);
  await app.undone.undo();
  expect(ipc.commands.putEdits).toHaveBeenLastCalledWith("model", before);
});

it("says which images kept what they had, and offers no undo if nothing changed", async () => {
  const app = new App();
  ipc.commands.putNotes.mockRejectedValue({ code: "DiskFull", message: "" });
  await app.texts.setNote([i1], "print");
  expect(app.toasts.list[0]?.text).toMatch(/^The note was not changed\./);
  expect(await app.undone.undo()).toBeNull();
});
