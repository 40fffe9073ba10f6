import { expect, it, vi } from "vitest";
import { Undo } from "./undo.svelte";

const step = (what: string, log: string[]) => ({
  what,
  undo: async () => log.push(`-${what}`) > 0,
  redo: async () => log.push(`+${what}`) > 0,
});

it("undoes the last step first, and redoes in the original order", async () => {
  const [undo, log] = [new Undo(), [] as string[]];
  undo.did(step("a", log));
  undo.did(step("b", log));
  expect(await undo.undo()).toMatchObject({ what: "b" });
  expect(await undo.undo()).toMatchObject({ what: "a" });
  expect(await undo.undo()).toBeNull();
  expect(await undo.redo()).toMatchObject({ what: "a" });
  expect(await undo.redo()).toMatchObject({ what: "b" });
  expect(await undo.redo()).toBeNull();
  expect(log).toEqual(["-b", "-a", "+a", "+b"]);
});

it("drops undone steps after a new step", async () => {
  const [undo, log] = [new Undo(), [] as string[]];
  undo.did(step("a", log));
  await undo.undo();
  undo.did(step("b", log));
  expect(await undo.redo()).toBeNull();
  expect(await undo.undo()).toMatchObject({ what: "b" });
});

it("undoes a given step once, whatever came after it", async () => {
  const [undo, log] = [new Undo(), [] as string[]];
  const first = step("a", log);
  undo.did(first);
  undo.did(step("b", log));
  expect(await undo.undo(first)).toMatchObject({ what: "a" });
  expect(await undo.undo(first)).toBeNull();
  expect(await undo.undo()).toMatchObject({ what: "b" });
});

it("waits for one undo before the next", async () => {
  const undo = new Undo();
  let end: (isDone: boolean) => void = () => undefined;
  const second = vi.fn(async () => true);
  const nothing = async () => true;
  undo.did({ what: "second", undo: second, redo: nothing });
  const held = new Promise<boolean>((resolve) => (end = resolve));
  undo.did({ what: "first", undo: () => held, redo: nothing });
  const both = Promise.all([undo.undo(), undo.undo()]);
  await Promise.resolve();
  expect(second).not.toHaveBeenCalled();
  end(true);
  expect(await both).toMatchObject([{ what: "first" }, { what: "second" }]);
});

it("keeps a step that failed where it was, for another try", async () => {
  const undo = new Undo();
  const log: string[] = [];
  const act = vi.fn<() => Promise<boolean>>().mockResolvedValue(true);
  undo.did(step("a", log));
  const failing = { what: "b", undo: act, redo: act };
  undo.did(failing);
  undo.did(step("c", log));
  act.mockResolvedValueOnce(false);
  expect(await undo.undo(failing)).toBe(false);
  expect(await undo.undo()).toMatchObject({ what: "c" });
  expect(await undo.undo()).toBe(failing);
  act.mockResolvedValueOnce(false);
  expect(await undo.redo()).toBe(false);
  expect(await undo.redo()).toBe(failing);
  expect(await undo.redo()).toMatchObject({ what: "c" });
});

it("gives a step up that failed twice, so that the steps before it can be undone", async () => {
  const undo = new Undo();
  const log: string[] = [];
  undo.did(step("a", log));
  const never = async () => false;
  undo.did({ what: "b", undo: never, redo: never });
  expect(await undo.undo()).toBe(false);
  expect(await undo.undo()).toBe(false);
  expect(await undo.undo()).toMatchObject({ what: "a" });
});
