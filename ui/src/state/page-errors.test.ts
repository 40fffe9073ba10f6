import { beforeEach, expect, it, vi } from "vitest";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { reportPageErrors, tellOfPageErrors } = await import("./page-errors");
reportPageErrors();

beforeEach(() => ipc.reset());

const fail = (error: unknown) => dispatchEvent(new ErrorEvent("error", { error }));
const reject = (reason: unknown) =>
  dispatchEvent(Object.assign(new Event("unhandledrejection"), { reason }));

/** Waits until the host has answered so many reports. */
const answered = (count: number) =>
  vi.waitFor(() => {
    const { settledResults } = ipc.commands.reportPageError.mock;
    expect(settledResults.filter(({ type }) => type !== "incomplete")).toHaveLength(count);
  });

it("reports every error to the host and tells of the first", async () => {
  const show = vi.fn();
  fail(new TypeError("before anybody could be told"));
  await answered(1);
  tellOfPageErrors(show);
  await vi.waitFor(() => expect(show).toHaveBeenCalledOnce());
  reject({ code: "Internal", message: "no answer" });
  reject("a text");
  await answered(3);
  expect(show).toHaveBeenCalledOnce();
  const texts = ipc.commands.reportPageError.mock.calls.map(([text]) => text);
  expect(texts[0]).toContain("before anybody could be told");
  expect(texts.slice(1)).toEqual(["Internal: no answer", "a text"]);
});

it("tells of an error only if the host says that it is new", async () => {
  const show = vi.fn();
  tellOfPageErrors(show);
  ipc.commands.reportPageError.mockResolvedValueOnce(false);
  reject("known");
  await answered(1);
  expect(show).not.toHaveBeenCalled();
  reject("new");
  await vi.waitFor(() => expect(show).toHaveBeenCalledOnce());
});

it("ignores the ResizeObserver loop error", () => {
  const show = vi.fn();
  tellOfPageErrors(show);
  dispatchEvent(new ErrorEvent("error", { message: "ResizeObserver loop completed" }));
  expect(show).not.toHaveBeenCalled();
  expect(ipc.commands.reportPageError).not.toHaveBeenCalled();
});

it("works without a host that logs", async () => {
  ipc.commands.reportPageError.mockRejectedValue({ code: "Internal", message: "" });
  fail(new Error("lost"));
  await vi.waitFor(() => expect(ipc.commands.reportPageError).toHaveBeenCalledOnce());
});
