import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { aFeedSettings } from "../../testing/feed-fixtures";

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

const links = [
  { label: "One", url: "https://one.example" },
  { label: "Two", url: "https://two.example" },
];

async function opened(settings = aFeedSettings()) {
  let saved = settings;
  ipc.commands.feedSettings.mockImplementation(async () => saved);
  ipc.commands.saveFeedSettings.mockImplementation(async (next: unknown) => {
    return (saved = next as typeof saved);
  });
  const app = new App();
  render(Root, { app, later });
  await app.start();
  app.openSettings("feed");
  await read();
  return { app, saved: () => saved };
}

/** Waits until the settings are read. */
const read = () =>
  vi.waitFor(() => expect(screen.getByTestId("feed-title").closest("[inert]")).toBeNull());

const write = (element: HTMLElement, value: string) =>
  fireEvent.change(element, { target: { value } });

it("saves each setting beside those that another program changed", async () => {
  const { saved } = await opened();
  ipc.commands.feedSettings.mockResolvedValue(aFeedSettings({ about: "from elsewhere" }));
  await fireEvent.click(screen.getByTestId("feed-details-hide"));
  await vi.waitFor(() =>
    expect(saved()).toMatchObject({ details: "hide", about: "from elsewhere" }),
  );
});

it("shows what is not valid, and does not save it", async () => {
  const { saved } = await opened();
  await write(screen.getByTestId("feed-title"), "a".repeat(201));
  expect((await screen.findByRole("alert")).textContent).toContain("at most 200 characters");
  expect(ipc.commands.saveFeedSettings).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId("feed-keep_camera"));
  await vi.waitFor(() => expect(saved()).toMatchObject({ keep_camera: true, title: "" }));
  await write(screen.getByTestId("feed-title"), "Ana");
  await vi.waitFor(() => expect(saved().title).toBe("Ana"));
  expect(screen.queryByRole("alert")).toBeNull();
});

it("shows the saved value again if the host refuses a change", async () => {
  const { app } = await opened();
  ipc.commands.saveFeedSettings.mockRejectedValue({ code: "DiskFull", message: "" });
  await fireEvent.click(screen.getByTestId("feed-details-prompt"));
  await vi.waitFor(() => expect(app.toasts.list[0]?.text).toContain("was not saved"));
  const usual = screen.getByTestId<HTMLInputElement>("feed-details-show");
  await vi.waitFor(() => expect(usual.checked).toBe(true));
});

it("adds a link once it is complete, and removes one", async () => {
  const { saved } = await opened();
  await fireEvent.click(screen.getByTestId("feed-link-add"));
  await write(screen.getByLabelText("Text of link 1"), "Shop");
  expect(ipc.commands.saveFeedSettings).not.toHaveBeenCalled();
  expect((await screen.findByRole("alert")).textContent).toContain("must start with https:");
  await write(screen.getByLabelText("Address of link 1"), " https://shop.example ");
  await vi.waitFor(() =>
    expect(saved().links).toEqual([{ label: "Shop", url: "https://shop.example" }]),
  );
  await fireEvent.click(screen.getByLabelText("Remove Shop"));
  await vi.waitFor(() => expect(saved().links).toEqual([]));
});

it("reorders links by keyboard, and keeps the focus on the link", async () => {
  const { saved } = await opened(aFeedSettings({ links }));
  const down = screen.getByLabelText("Move One down");
  down.focus();
  await fireEvent.click(down);
  await vi.waitFor(() => expect(saved().links).toEqual([...links].reverse()));
  // It is the last one now, so the other way is left.
  await vi.waitFor(() =>
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Move One up"),
  );
});

it("shows the saved links again if the host refuses others", async () => {
  await opened(aFeedSettings({ links }));
  ipc.commands.saveFeedSettings.mockRejectedValue({ code: "DiskFull", message: "" });
  await fireEvent.click(screen.getByLabelText("Remove One"));
  await vi.waitFor(() => expect(screen.getAllByTestId("feed-link")).toHaveLength(2));
});

it("offers to reset settings that cannot be read", async () => {
  const app = new App();
  ipc.commands.feedSettings.mockRejectedValue({ code: "InvalidInput", message: "Broken." });
  ipc.commands.saveFeedSettings.mockImplementation(async (next: unknown) => next);
  render(Root, { app, later });
  await app.start();
  app.openSettings("feed");
  await fireEvent.click(await screen.findByTestId("feed-reset"));
  expect(ipc.commands.saveFeedSettings).not.toHaveBeenCalled();
  await fireEvent.click(await screen.findByTestId("confirm-ok"));
  await read();
  expect(ipc.commands.saveFeedSettings).toHaveBeenCalledExactlyOnceWith(aFeedSettings());
});

it("saves words as a list", async () => {
  const { saved } = await opened();
  await write(screen.getByTestId("feed-words"), "nude, blood");
  await vi.waitFor(() => expect(saved().sensitive_words).toEqual(["nude", "blood"]));
});

it("says of each choice what it means", async () => {
  await opened();
  const section = within(screen.getByTestId("settings-feed"));
  expect(section.getByTestId("feed-keep_credentials").closest("label")?.textContent).toContain(
    "All or nothing",
  );
  expect(section.getByTestId("feed-clear_hidden").closest("label")?.textContent).toContain(
    "at most 1 in 255",
  );
});
