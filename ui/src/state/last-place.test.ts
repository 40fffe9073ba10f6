import { afterEach, beforeEach, expect, it, vi } from "vitest";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { saveLastPlace, readLastPlace } = await import("./last-place");
const { loadMemory } = await import("./memory");

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it("returns to the last view and image", () => {
  const place = { id: "x", offset: -40 };
  saveLastPlace({ view: { view: "history" }, place: null });
  saveLastPlace({ view: { view: "references", gallery: "g1" }, place });
  expect(readLastPlace()).toBeNull();
  vi.runAllTimers();
  expect(readLastPlace()).toEqual({ view: { view: "references", gallery: "g1" }, place });
});

it("does not return to a search", () => {
  saveLastPlace({ view: { view: "search", query: "fox", within: "history" }, place: null });
  vi.runAllTimers();
  expect(readLastPlace()).toBeNull();
});

it("ignores values that it did not write", async () => {
  for (const odd of [
    "",
    "{",
    "[]",
    "1",
    '{"view":{"view":"elsewhere"}}',
    '{"view":{"view":"references"}}',
  ]) {
    ipc.commands.windowMemory.mockResolvedValue({ place: odd });
    await loadMemory();
    expect(readLastPlace()).toBeNull();
  }
});
