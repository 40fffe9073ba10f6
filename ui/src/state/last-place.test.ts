import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepLastPlace, readLastPlace } from "./last-place";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  localStorage.clear();
});

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

it("takes nothing from what it did not write", () => {
  for (const odd of [
    "",
    "{",
    "[]",
    "1",
    '{"view":{"view":"elsewhere"}}',
    '{"view":{"view":"references"}}',
  ]) {
    localStorage.setItem("vitrine.place", odd);
    expect(readLastPlace()).toBeNull();
  }
});
