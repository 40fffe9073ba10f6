import { cleanup, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TransferSummary } from "../../ipc/bindings";
import { aTransferSummary } from "../../testing/fixtures";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("../../state/app.svelte");
const { default: Root } = await import("../../App.svelte");
const later = Promise.resolve(await import("../../later"));

beforeEach(() => ipc.reset());
afterEach(cleanup);

it("says what is done with what is left, and shows a speed only of uploads", async () => {
  const app = new App();
  render(Root, { app, later });
  await app.start();
  const footer = await screen.findByTestId("transfers-footer");
  const running = { activity: "running", active: 3, total: 3, bytes_per_second: 2e6 } as const;
  const shows = async (left: Partial<TransferSummary>, text: RegExp) => {
    ipc.send("transfersChanged", aTransferSummary({ ...running, ...left }));
    await vi.waitFor(() => expect(footer.textContent.trim()).toMatch(text));
  };
  await shows({ originals: 1, feed_files: 1 }, /^Uploading 1 of 3\s.*MB\/s$/);
  await shows({ originals: 0, feed_files: 2 }, /^Publishing 1 of 3\s.*MB\/s$/);
  await shows({ originals: 0, feed_files: 0 }, /^Removing 1 of 3$/);
});
