import { expect, it, vi } from "vitest";
import { Undo } from "./undo.svelte";

const step = (what: string, log: string[]) => ({
  what,
  undo: async () => void log.push(`-${what}`),
  redo: async () => void log.push(`+${what}`),
});

it("undoes the last step first, and redoes in the original order", async () => {
  const [undo, log] = [new Undo(), [] as string[]];
  undo.did(step("a", log));
  undo.did(step("b", log));
  expect(await undo.undo()).toBe("b");
  expect(await undo.undo()).toBe("a");
  expect(await undo.undo()).toBeNull();
  expect(await undo.redo()).toBe("a");
  expect(await undo.redo()).toBe("b");
  expect(await undo.redo()).toBeNull();
  expect(log).toEqual(["-b", "-a", "+a", "+b"]);
});

it("drops undone steps after a new step", async () => {
  const [undo, log] = [new Undo(), [] as string[]];
  undo.did(step("a", log));
  await undo.undo();
  undo.did(step("b", log));
  expect(await undo.redo()).toBeNull();
  expect(await undo.undo()).toBe("b");
});

it("undoes a given step once, whatever came after it", async () => {
  const [undo, log] = [new Undo(), [] as string[]];
  const first = step("a", log);
  undo.did(first);
  undo.did(step("b", log));
  expect(await undo.undo(first)).toBe("a");
  expect(await undo.undo(first)).toBeNull();
  expect(await undo.undo()).toBe("b");
});

it("waits for one undo before the next", async () => {
  const undo = new Undo();
  let end: () => void = () => undefined;
  const second = vi.fn(async () => undefined);
  const nothing = async () => undefined;
  undo.did({ what: "second", undo: second, redo: nothing });
  const held = new Promise<void>((resolve) => (end = resolve));
  undo.did({ what: "first", undo: () => held, redo: nothing });
  const both = Promise.all([undo.undo(), undo.undo()]);
  await Promise.resolve();
  expect(second).not.toHaveBeenCalled();
  end();
  expect(await both).toEqual(["first", "second"]);
});
