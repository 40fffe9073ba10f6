import { beforeEach, expect, it, vi } from "vitest";
import { aBootstrap } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { Setup } = await import("./setup.svelte");

const { settings } = aBootstrap();

function opened() {
  const setup = new Setup();
  setup.take(aBootstrap());
  return setup;
}

beforeEach(() => ipc.reset());

it("saving a setting keeps changes made by the command line", async () => {
  const setup = opened();
  await ipc.commands.saveSettings({ ...settings, parallel_transfers: 9 } as never);
  await setup.save({ max_upload_mb: 80 });
  const both = { ...settings, parallel_transfers: 9, max_upload_mb: 80 };
  expect(ipc.commands.saveSettings).toHaveBeenLastCalledWith(both);
  expect(setup.settings).toEqual(both);
});

it("a refresh takes over what another program changed, after what is saved", async () => {
  const setup = opened();
  await ipc.commands.saveSettings({ ...settings, parallel_transfers: 9 } as never);
  const saving = setup.save({ max_upload_mb: 80 });
  await setup.refresh();
  expect(setup.settings).toEqual({ ...settings, parallel_transfers: 9, max_upload_mb: 80 });
  await saving;
});

it("settings that are saved at the same time do not overwrite each other", async () => {
  const setup = opened();
  const saving = [setup.save({ max_upload_mb: 80 }), setup.save({ theme: "light" })];
  expect(setup.settings).toEqual({ ...settings, max_upload_mb: 80, theme: "light" });
  await Promise.all(saving);
  expect(setup.settings).toEqual({ ...settings, max_upload_mb: 80, theme: "light" });
});

it("a refresh does not bring back the value of a setting that is being saved", async () => {
  const setup = opened();
  const reading = setup.refresh();
  const saving = setup.save({ theme: "light" });
  await reading;
  expect(setup.settings).toEqual({ ...settings, theme: "light" });
  await saving;
  expect(setup.settings).toEqual({ ...settings, theme: "light" });
});

it("a setting that is not saved is rolled back, and the next one is saved", async () => {
  const setup = opened();
  ipc.commands.saveSettings.mockRejectedValueOnce({ code: "DiskFull", message: "" });
  await expect(setup.save({ max_upload_mb: 80 })).rejects.toMatchObject({ code: "DiskFull" });
  expect(setup.settings).toEqual(settings);
  await setup.save({ theme: "light" });
  expect(setup.settings).toEqual({ ...settings, theme: "light" });
  ipc.commands.saveSettings.mockRejectedValue({ code: "DiskFull", message: "" });
  const saving = [setup.save({ max_upload_mb: 80 }), setup.save({ max_upload_mb: 90 })];
  await Promise.allSettled(saving);
  expect(setup.settings).toEqual({ ...settings, theme: "light" });
});
