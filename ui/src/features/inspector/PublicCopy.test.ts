import { cleanup, configure, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FeedStatus } from "../../ipc/bindings";
import { aFeedStatus, aPublishedFeed, somePublicTerms } from "../../testing/feed-fixtures";
import { aTile, i1, i2, i3 } from "../../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { commands } = await import("$ipc");
const { App } = await import("../../state/app.svelte");
const { default: Root } = await import("../../App.svelte");
const later = Promise.resolve(await import("../../later"));

// The terms are read after a pause, which is long on a busy machine.
configure({ asyncUtilTimeout: 4000 });
beforeEach(() => ipc.reset());
afterEach(cleanup);

async function opened(status: FeedStatus = aFeedStatus()) {
  ipc.hold([aTile(i1), aTile(i2, { visibility: "public" })]);
  ipc.commands.feedStatus.mockResolvedValue(status);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  await vi.waitFor(() => expect(app.feed.status).not.toBeNull());
  return app;
}

const copyOf = async () => (await screen.findByTestId("public-copy-removed")).closest("section");

/** The feed changes, and the host says that it did. */
function becomes(status: FeedStatus): void {
  ipc.commands.feedStatus.mockResolvedValue(status);
  ipc.send("feedChanged", null);
}

it("lists what goes out and what is removed, before anything goes out", async () => {
  const app = await opened(aPublishedFeed());
  ipc.commands.publicTerms.mockResolvedValue(somePublicTerms({ is_feed_on: true }));
  app.selection.choose(0, "only");
  const copy = await copyOf();
  expect(screen.getByTestId("public-copy-state").textContent).toContain("If you make it public");
  expect(copy?.textContent).toContain("a lighthouse at dusk");
  expect(screen.getByTestId("public-copy-removed").textContent).toBe("Location, Camera");
  expect(screen.getByTestId("public-copy-kept").textContent).toBe(
    "Prompt and parameters, Colour profile",
  );
});

it("shows the address of a published image, and why another one is not published", async () => {
  const app = await opened(aPublishedFeed());
  const address = "https://img.example.art/feed/ana/i/1.html";
  ipc.commands.publicTerms.mockResolvedValue(somePublicTerms({ address, is_public: true }));
  app.selection.choose(1, "only");
  ipc.commands.copyText.mockResolvedValue(null);
  await fireEvent.click(await screen.findByTestId("public-copy-address"));
  expect(ipc.commands.copyText).toHaveBeenCalledExactlyOnceWith(address);
  ipc.commands.publicTerms.mockResolvedValue(somePublicTerms({ refusal: "Hidden text." }));
  app.selection.choose(0, "only");
  const refusal = await screen.findByTestId("public-copy-refusal");
  expect(refusal.textContent).toBe("Hidden text.");
  expect(screen.queryByTestId("public-copy-removed")).toBeNull();
});

it("a choice for one image can be undone", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  await copyOf();
  await fireEvent.change(screen.getByTestId("terms-details"), { target: { value: "hide" } });
  const set = (details: string | null, camera: string | null) =>
    expect(ipc.commands.setPublicTerms).toHaveBeenLastCalledWith([i1], { details, camera });
  set("hide", null);
  await screen.findByText(/^Prompt and parameters, Location/);
  await fireEvent.change(screen.getByTestId("terms-camera"), { target: { value: "keep" } });
  set(null, "keep");
  expect(await app.undone.undo()).toMatchObject({ what: "Changed the public copy of 1 image" });
  set("hide", "profile");
  await app.undone.undo();
  set("profile", "profile");
});

const chosen = () => [
  screen.getByTestId<HTMLSelectElement>("terms-details").value,
  screen.getByTestId<HTMLSelectElement>("terms-camera").value,
];

it("sets the public copies of all selected images together", async () => {
  const app = await opened();
  app.selection.chooseAll();
  await screen.findByTestId("public-copies");
  const apply = screen.getByTestId<HTMLButtonElement>("terms-apply");
  expect([chosen(), apply.disabled]).toEqual([["profile", "profile"], true]);
  await fireEvent.change(screen.getByTestId("terms-details"), { target: { value: "prompt" } });
  expect(ipc.commands.setPublicTerms).not.toHaveBeenCalled();
  expect(apply.textContent).toBe("Set for 2 images");
  await fireEvent.click(apply);
  const edit = { details: "prompt", camera: null };
  expect(ipc.commands.setPublicTerms).toHaveBeenCalledExactlyOnceWith([i1, i2], edit);
  await vi.waitFor(() =>
    expect(app.toasts.list.at(-1)?.text).toBe("Set the public copy of 2 images"),
  );
});

it("shows where selected images differ, and undoing gives each what it had", async () => {
  const app = await opened();
  const set = commands.setPublicTerms;
  await set([i1], { details: "hide", camera: "keep" });
  await set([i2], { details: "show", camera: "keep" });
  ipc.commands.setPublicTerms.mockClear();
  app.selection.chooseAll();
  await screen.findByTestId("public-copies");
  expect(chosen()).toEqual(["", "keep"]);
  await fireEvent.change(screen.getByTestId("terms-details"), { target: { value: "prompt" } });
  await fireEvent.click(screen.getByTestId("terms-apply"));
  await vi.waitFor(() => expect(chosen()).toEqual(["prompt", "keep"]));
  expect(await app.undone.undo()).toMatchObject({ what: "Changed the public copy of 2 images" });
  expect(ipc.commands.setPublicTerms.mock.calls.slice(1)).toEqual([
    [[i1], { details: "hide", camera: "keep" }],
    [[i2], { details: "show", camera: "keep" }],
  ]);
  await vi.waitFor(() => expect(chosen()).toEqual(["", "keep"]));
  expect(await app.undone.redo()).toMatchObject({ what: "Changed the public copy of 2 images" });
  await vi.waitFor(() => expect(chosen()).toEqual(["prompt", "keep"]));
});

it("references have no public copy", async () => {
  const app = await opened();
  ipc.hold([aTile(i3, { kind: "reference", visibility: null })]);
  app.library.open({ view: "references", gallery: null });
  await vi.waitFor(() => expect(app.library.listing.images.count).toBe(1));
  app.selection.choose(0, "only");
  await screen.findByTestId("inspector-link");
  expect(screen.queryByTestId("public-copy")).toBeNull();
  expect(screen.queryByTestId("new-link")).toBeNull();
});

it("says beside the switch what cannot be taken back, while the feed is on", async () => {
  const app = await opened(aPublishedFeed());
  app.selection.choose(1, "only");
  const note = await screen.findByTestId("visibility-note");
  expect(note.textContent).toContain("also after you make it unlisted");
  expect(screen.queryByTestId("visibility-new-link")).toBeNull();
  await fireEvent.click(screen.getByTestId("inspector-visibility-unlisted"));
  await vi.waitFor(() => expect(note.textContent).toContain("a link that was public stays known"));
  becomes(aFeedStatus());
  await vi.waitFor(() => expect(screen.queryByTestId("visibility-note")).toBeNull());
});

it("gives an image a new link only after a confirmation", async () => {
  const app = await opened(aPublishedFeed());
  app.selection.choose(0, "only");
  await fireEvent.click(await screen.findByTestId("new-link"));
  expect(app.confirmation.question?.text).toContain("The old link stops working");
  app.confirmation.answer(false);
  expect(ipc.commands.newLink).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId("new-link"));
  await fireEvent.click(await screen.findByTestId("confirm-ok"));
  expect(ipc.commands.newLink).toHaveBeenCalledExactlyOnceWith(i1);
  await vi.waitFor(() =>
    expect(screen.getByTestId("inspector-link").textContent).toContain("new-1.png"),
  );
});
