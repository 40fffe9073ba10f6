import { beforeEach, expect, it, vi } from "vitest";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { loadMemory, remember, remembered } = await import("./memory");
const { Preferences } = await import("./preferences.svelte");

const isNumber = (value: unknown): value is number => typeof value === "number";

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
});

it("sends a change to the host at once, and the newest of many last", async () => {
  remember("size", 200);
  expect(ipc.commands.remember).toHaveBeenCalledWith("size", "200");
  for (const size of [200, 201, 300]) remember("size", size);
  remember("order", "oldest");
  await vi.waitFor(() => expect(ipc.commands.remember).toHaveBeenCalledTimes(3));
  expect(ipc.commands.remember.mock.calls).toEqual([
    ["size", "200"],
    ["size", "300"],
    ["order", '"oldest"'],
  ]);
  expect(remembered("size", isNumber)).toBe(300);
});

it("the next window reads the values of the last one", async () => {
  new Preferences().square = true;
  await loadMemory();
  expect(new Preferences().square).toBe(true);
});

it("ignores values of the wrong type", async () => {
  for (const odd of ["", "{", '"200"', "null", "[]"]) {
    ipc.commands.windowMemory.mockResolvedValue({ size: odd });
    await loadMemory();
    expect(remembered("size", isNumber)).toBeNull();
  }
});

it("works without a host that remembers", async () => {
  ipc.commands.windowMemory.mockRejectedValue({ code: "Internal", message: "" });
  ipc.commands.remember.mockRejectedValue({ code: "Internal", message: "" });
  await loadMemory();
  remember("size", 200);
  expect(remembered("size", isNumber)).toBe(200);
});
