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
    { text: "", ids: [i1], instead_of: "print" },
    { text: "for the cover", ids: [i2], instead_of: "print" },
  ];
  const replaced = [
    { text: "print", ids: [i1], instead_of: "" },
    { text: "print", ids: [i2], instead_of: "for the cover" },
  ];
  const report = { done: [i1, i2], failed: [] };
  ipc.commands.putNotes.mockResolvedValue({ report, before });
  await app.texts.setNote([i1, i2], "print");
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith([
    { text: "print", ids: [i1, i2], instead_of: null },
  ]);
  ipc.commands.putNotes.mockResolvedValue({ report, before: replaced });
  await app.undone.undo();
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith(before);
  ipc.commands.putNotes.mockResolvedValue({ report, before });
  await app.undone.redo();
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith(replaced);
});

it("leaves a note that was written meanwhile, and says so", async () => {
  const app = new App();
  const before = [{ text: "", ids: [i1, i2], instead_of: "print" }];
  ipc.commands.putNotes.mockResolvedValue({ report: { done: [i1, i2], failed: [] }, before });
  await app.texts.setNote([i1, i2], "print");
  // The command line has changed one of them.
  const failed = [{ id: i2, error: { code: "Changed" as const, message: "" } }];
  const replaced = [{ text: "print", ids: [i1], instead_of: "" }];
  ipc.commands.putNotes.mockResolvedValue({ report: { done: [i1], failed }, before: replaced });
  await app.undone.undo();
  expect(app.toasts.list[0]?.text).toBe(
    "1 image kept the note. Something else changed it meanwhile.",
  );
});

it("a note that was set while another was typed is offered", async () => {
  const app = new App();
  const before = [{ text: "newer", ids: [i1], instead_of: "print" }];
  ipc.commands.putNotes.mockResolvedValue({ report: { done: [i1], failed: [] }, before });
  await app.texts.setNote([i1], "print", "older");
  expect(app.toasts.list[0]?.text).toBe(
    "The note had been changed meanwhile. Undo brings that note back.",
  );
  await app.undone.undo();
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith(before);
});

it("sets the model for many images in one step, and undo reverts what was read", async () => {
  const app = new App();
  const before = [{ text: null, ids: [i1, i2] }];
  const report = { done: [i1, i2], failed: [] };
  ipc.commands.putEdits.mockResolvedValue({ report, before });
  await app.texts.setField("model", [i1, i2], "sdxl");
  expect(app.announcements.text).toBe("Changed the model of 2 images");
  expect(app.toasts.list).toEqual([]);
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

it("offers the notes that one note for many images replaces", async () => {
  const app = new App();
  const before = [
    { text: "", ids: [i1], instead_of: "print" },
    { text: "important", ids: [i2], instead_of: "print" },
  ];
  const report = { done: [i1, i2], failed: [] };
  ipc.commands.putNotes.mockResolvedValue({ report, before });
  await app.texts.setNote([i1, i2], " print ");
  expect(ipc.commands.putNotes).toHaveBeenLastCalledWith([
    { text: "print", ids: [i1, i2], instead_of: null },
  ]);
  expect(app.toasts.list[0]?.text).toBe("Replaced the note of 1 image");
  expect(app.toasts.list[0]?.action?.label).toBe("Undo");
});
