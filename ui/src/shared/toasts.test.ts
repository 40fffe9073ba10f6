import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Toasts } from "./toasts.svelte";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const texts = (toasts: Toasts) => toasts.list.map(({ text }) => text);
const action = { label: "Undo", run: () => undefined };

it("shows of many steps only the last one, beside messages about other things", () => {
  const toasts = new Toasts();
  toasts.show("Imported 3 images");
  toasts.show("Moved 1 image to Trash", { undo: true, action });
  toasts.show("Moved 1 image to Trash", { undo: true, action });
  expect(texts(toasts)).toEqual(["Imported 3 images", "Moved 1 image to Trash"]);
  toasts.show("Undone: Moved 1 image to Trash", { isStep: true });
  expect(texts(toasts)).toEqual(["Imported 3 images", "Undone: Moved 1 image to Trash"]);
});

it("shows a repeated text once, and at most four messages", () => {
  const toasts = new Toasts();
  for (const text of ["a", "b", "a", "c", "d", "e"]) toasts.show(text);
  expect(texts(toasts)).toEqual(["a", "c", "d", "e"]);
});

it("hides a message after a while, but not while it is read", () => {
  const toasts = new Toasts();
  const id = toasts.show("a");
  toasts.pause(id);
  vi.advanceTimersByTime(60_000);
  expect(texts(toasts)).toEqual(["a"]);
  toasts.resume(id);
  vi.advanceTimersByTime(60_000);
  expect(texts(toasts)).toEqual([]);
});
