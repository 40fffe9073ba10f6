import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SelectionSummary } from "../../ipc/bindings";
import { selectThese } from "../../state/selection";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { MOST, SELECTION_PAUSE, Together } = await import("./together.svelte");

const list = {};
/** Selects the first few of a list. */
const chosen = (count: number, of: object = list) => {
  const at = Array.from({ length: count }, (_, index) => index);
  return { selected: selectThese(at, count, null), count, list: of, ids: () => at.map(String) };
};
const answer = (images: number) => ({ images }) as SelectionSummary;
const asked = () =>
  (ipc.commands.selectionSummary.mock.calls as unknown as [string[]][]).map(([ids]) => ids);
const pause = () => vi.advanceTimersByTimeAsync(SELECTION_PAUSE);

beforeEach(() => {
  ipc.reset();
  vi.useFakeTimers();
  ipc.commands.selectionSummary.mockImplementation(async (ids: string[]) => answer(ids.length));
});
afterEach(() => void vi.useRealTimers());

it("reads once the selection rests, not for each step of a marquee", async () => {
  const together = new Together();
  for (let count = 2; count <= 60; count++) {
    together.look(chosen(count));
    await vi.advanceTimersByTimeAsync(SELECTION_PAUSE / 10);
  }
  expect(asked()).toEqual([]);
  expect(together.selected).toBeNull();
  await pause();
  expect(asked().map((ids) => ids.length)).toEqual([60]);
  expect(together.summary).toEqual(answer(60));
});

it("drops the summary as soon as the selection changes", async () => {
  const together = new Together();
  together.look(chosen(2));
  await pause();
  expect(together.summary).toEqual(answer(2));
  together.look(chosen(3));
  expect([together.summary, together.selected]).toEqual([null, null]);
  await pause();
  expect(together.summary).toEqual(answer(3));
});

it("cancels the query when the selection changes", async () => {
  const together = new Together();
  let late: (summary: SelectionSummary) => void = () => undefined;
  ipc.commands.selectionSummary.mockImplementationOnce(
    () => new Promise<SelectionSummary>((resolve) => (late = resolve)),
  );
  together.look(chosen(2));
  await pause();
  together.look(chosen(3));
  expect(asked()).toEqual([["0", "1"], []]);
  late(answer(2));
  await vi.advanceTimersByTimeAsync(1);
  expect(together.summary).toBeNull();
  await pause();
  expect(together.summary).toEqual(answer(3));
  // A finished query is not cancelled.
  together.look(null);
  expect(asked().length).toBe(3);
});

it("keeps the summary while its images change, and reads it again", async () => {
  const together = new Together();
  const same = chosen(2);
  together.look(same);
  await pause();
  ipc.commands.selectionSummary.mockResolvedValueOnce(answer(7));
  together.look({ ...same });
  expect(together.summary).toEqual(answer(2));
  await pause();
  expect(together.summary).toEqual(answer(7));
  // The list takes its selection along when it changes.
  together.look(chosen(2, {}));
  expect(together.summary).toEqual(answer(7));
});

it("shows the error, and tries again", async () => {
  const together = new Together();
  ipc.commands.selectionSummary.mockRejectedValueOnce({ code: "Catalog", message: "" });
  together.look(chosen(2));
  await pause();
  expect(together.error).toEqual({ code: "Catalog", message: "" });
  together.again();
  await vi.advanceTimersByTimeAsync(1);
  expect([together.error, together.summary]).toEqual([null, answer(2)]);
});

it("reads no summary of more images than the host allows", async () => {
  const together = new Together();
  const { selected } = chosen(2);
  together.look({ selected, count: MOST + 1, list, ids: () => [] });
  await pause();
  expect(together.selected).toBe(selected);
  expect(asked()).toEqual([]);
});
