import { beforeEach, expect, it, vi } from "vitest";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { hearPageErrors, tellOfPageErrors } = await import("./page-errors");
hearPageErrors();

beforeEach(() => ipc.reset());

const fail = (error: unknown) => dispatchEvent(new ErrorEvent("error", { error }));
const reject = (reason: unknown) =>
  dispatchEvent(Object.assign(new Event("unhandledrejection"), { reason }));

it("writes every error into the log and tells of the first", () => {
  const show = vi.fn();
  fail(new TypeError("before anybody could be told"));
  tellOfPageErrors(show);
  expect(show).toHaveBeenCalledOnce();
  reject({ code: "Internal", message: "no answer" });
  reject("a text");
  expect(show).toHaveBeenCalledOnce();
  const texts = ipc.commands.reportPageError.mock.calls.map(([text]) => text);
  expect(texts[0]).toContain("before anybody could be told");
  expect(texts.slice(1)).toEqual(["Internal: no answer", "a text"]);
});

it("does not take a late layout for an error", () => {
  const show = vi.fn();
  tellOfPageErrors(show);
  dispatchEvent(new ErrorEvent("error", { message: "ResizeObserver loop completed" }));
  expect(show).not.toHaveBeenCalled();
  expect(ipc.commands.reportPageError).not.toHaveBeenCalled();
});

it("goes on without a host that logs", async () => {
  ipc.commands.reportPageError.mockRejectedValue({ code: "Internal", message: "" });
  fail(new Error("lost"));
  await vi.waitFor(() => expect(ipc.commands.reportPageError).toHaveBeenCalledOnce());
});
