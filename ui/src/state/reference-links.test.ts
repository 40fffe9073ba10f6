import { beforeEach, expect, it, vi } from "vitest";
import { i1, i2, i3 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

beforeEach(() => ipc.reset());

it("links several references in one step, with undo and redo", async () => {
  const app = new App();
  await app.referenceLinks.link([i1], [i2, i3], "aloud");
  expect(ipc.commands.linkReferences).toHaveBeenCalledExactlyOnceWith([i1], [i2, i3]);
  expect(app.toasts.list.at(-1)?.text).toBe("Linked 2 references to 1 image");
  await app.undo();
  expect(ipc.commands.unlinkReference.mock.calls).toEqual([
    [i1, i2],
    [i1, i3],
  ]);
  await app.redo();
  expect(ipc.commands.linkReferences).toHaveBeenCalledTimes(2);
});

it("undo restores a removed link", async () => {
  const app = new App();
  await app.referenceLinks.unlink(i1, i2);
  await app.undo();
  expect(ipc.commands.linkReferences).toHaveBeenCalledExactlyOnceWith([i1], [i2]);
});

it("a failed link offers no undo", async () => {
  const app = new App();
  ipc.commands.linkReferences.mockRejectedValue({ code: "InvalidInput", message: "too many" });
  await app.referenceLinks.link([i1], [i2]);
  expect(app.toasts.list.at(-1)?.text).toContain("The link was not changed.");
  await app.undo();
  expect(app.toasts.list.at(-1)?.text).toBe("Nothing to undo.");
});

it("sends no command without references", async () => {
  const app = new App();
  await app.referenceLinks.link([i1], []);
  expect(ipc.commands.linkReferences).not.toHaveBeenCalled();
});
