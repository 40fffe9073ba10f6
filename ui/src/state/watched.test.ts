import { beforeEach, expect, test, vi } from "vitest";
import type { WatchedFolder } from "../ipc/bindings";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { patternsOf, WatchedFolders } = await import("./watched.svelte");
const { commands } = ipc;

const folder: WatchedFolder = { id: 7, path: "/out", ignored: [], offered: 3, is_there: true };

beforeEach(() => {
  vi.mocked(commands.watchedFolders).mockResolvedValue([folder]);
});

test("patterns are separated by commas, except in braces", () => {
  expect(patternsOf(" temp, *-preview.{png,webp} ,,grids/** ")).toEqual([
    "temp",
    "*-preview.{png,webp}",
    "grids/**",
  ]);
  expect(patternsOf("  ")).toEqual([]);
});

test("a closed dialog changes nothing and lets another be opened", async () => {
  vi.mocked(commands.watchFolderWithDialog).mockResolvedValue(null);
  const folders = new WatchedFolders();
  await folders.add();
  expect(folders.list).toBeNull();
  expect(folders.adding).toBe(false);
});

test("a refused folder lets another be chosen", async () => {
  vi.mocked(commands.watchFolderWithDialog).mockRejectedValue(new Error("no"));
  const folders = new WatchedFolders();
  await expect(folders.add()).rejects.toThrow("no");
  expect(folders.adding).toBe(false);
});

test("every change is read again from the library", async () => {
  const folders = new WatchedFolders();
  await folders.settle(folder, true);
  expect(commands.settleWatchOffer).toHaveBeenCalledWith(7, true);
  expect(folders.list).toEqual([folder]);
  await folders.setIgnored(folder, "temp, a");
  expect(commands.setWatchIgnored).toHaveBeenCalledWith(7, ["temp", "a"]);
  vi.mocked(commands.watchedFolders).mockResolvedValue([]);
  await folders.remove(folder);
  expect(commands.unwatchFolder).toHaveBeenCalledWith(7);
  expect(folders.list).toEqual([]);
});
