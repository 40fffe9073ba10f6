import { beforeEach, expect, it, vi } from "vitest";
import { aDetail } from "../testing/fixtures";
import { i1, i2 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

beforeEach(() => ipc.reset());

const said = (app: InstanceType<typeof App>) => app.toasts.list.at(-1)?.text;

it("says how many copies were saved and how many were not, and why", async () => {
  const app = new App();
  const error = { code: "NotFound" as const, message: "the original is not on this disk" };
  ipc.commands.saveCopies.mockResolvedValue({ done: [i1], failed: [{ id: i2, error }] });
  const saving = app.handingOut.saveCopies([i1, i2]);
  expect(app.handingOut.saving).toEqual({ done: 0, total: 2 });
  app.handingOut.hear({ done: 1, total: 2 });
  expect(app.handingOut.saving).toEqual({ done: 1, total: 2 });
  await saving;
  expect(app.handingOut.saving).toBeNull();
  expect(app.toasts.list.map(({ text }) => text)).toEqual([
    "Saved a copy of 1 image",
    expect.stringContaining("1 image not saved."),
  ]);
});

it("says nothing when the dialog was closed", async () => {
  const app = new App();
  ipc.commands.saveCopies.mockResolvedValue(null);
  await app.handingOut.saveCopies([i1]);
  expect(app.toasts.list).toEqual([]);
});

it("saves copies once at a time", async () => {
  const app = new App();
  ipc.commands.saveCopies.mockReturnValue(new Promise(() => undefined));
  void app.handingOut.saveCopies([i1]);
  await app.handingOut.saveCopies([i2]);
  expect(ipc.commands.saveCopies).toHaveBeenCalledExactlyOnceWith([i1]);
});

it("copies the prompt and the parameters of a picture", async () => {
  const app = new App();
  ipc.commands.getImage.mockResolvedValue(aDetail(i1, { prompt: "a fox" }));
  await app.handingOut.copyPrompt(i1);
  expect(ipc.commands.copyText).toHaveBeenLastCalledWith("a fox");
  await app.handingOut.copyParameters(i1);
  expect(said(app)).toBe("Parameters copied");
  ipc.commands.getImage.mockResolvedValue(aDetail(i1, { prompt: "" }));
  await app.handingOut.copyPrompt(i1);
  expect(said(app)).toBe("This picture has no prompt.");
});

it("a picture that cannot be copied or opened is named with the reason", async () => {
  const app = new App();
  const error = { code: "NotFound", message: "the original is not on this disk" };
  ipc.commands.copyPicture.mockRejectedValue(error);
  ipc.commands.openCopy.mockRejectedValue(error);
  await app.handingOut.copyPicture(i1);
  expect(said(app)).toContain("The picture could not be copied.");
  await app.handingOut.openCopy(i1);
  expect(said(app)).toContain("The picture could not be opened.");
});

it("adds generated images to the references", async () => {
  const app = new App();
  await app.handingOut.useAsReferences([i1, i2]);
  expect(ipc.commands.useAsReferences).toHaveBeenCalledExactlyOnceWith([i1, i2]);
  expect(said(app)).toBe("Added to References: 2 images");
  app.toasts.list.at(-1)?.action?.run();
  expect(app.library.view).toEqual({ view: "references", gallery: null });
});
