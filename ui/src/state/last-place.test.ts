import { afterEach, beforeEach, expect, it, vi } from "vitest";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { keepLastPlace, readLastPlace } = await import("./last-place");
const { loadMemory } = await import("./memory");

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it("comes back to the view and the image that were on screen last", () => {
  const place = { id: "x", offset: -40 };
  keepLastPlace({ view: { view: "history" }, place: null });
  keepLastPlace({ view: { view: "references", gallery: "g1" }, place });
  expect(readLastPlace()).toBeNull();
  vi.runAllTimers();
  expect(readLastPlace()).toEqual({ view: { view: "references", gallery: "g1" }, place });
});

it("does not come back to a search", () => {
  keepLastPlace({ view: { view: "search", query: "fox", within: "history" }, place: null });
  vi.runAllTimers();
  expect(readLastPlace()).toBeNull();
});

it("takes nothing from what it did not write", async () => {
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
