import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FeedStatus } from "../../ipc/bindings";
import { aFeedSettings, aFeedStatus, aPublishedFeed } from "../../testing/feed-fixtures";
import { aBootstrap, aTile, i1, i2 } from "../../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("../../state/app.svelte");
const { loadMemory } = await import("../../state/memory");
const { default: Root } = await import("../../App.svelte");
const later = Promise.resolve(await import("../../later"));

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
});
afterEach(cleanup);

const tiles = [aTile(i1, { visibility: "public" }), aTile(i2, { visibility: "public" })];

async function opened(status: FeedStatus, { configured = true, view = "feed" as const } = {}) {
  ipc.hold(tiles);
  const bucket = { configured, bucket: configured ? "art" : null, missing: [] };
  ipc.commands.bootstrap.mockResolvedValue(aBootstrap({ bucket }));
  ipc.commands.feedStatus.mockResolvedValue(status);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  app.library.open({ view });
  await screen.findByTestId("feed-header");
  await vi.waitFor(() => expect(app.feed.status).not.toBeNull());
  return app;
}

const theSwitch = () => screen.getByTestId<HTMLButtonElement>("feed-switch");

/** The feed changes, and the host says that it did. */
function becomes(status: FeedStatus): void {
  ipc.commands.feedStatus.mockResolvedValue(status);
  ipc.send("feedChanged", null);
}

it("explains the feed while it is off, and asks before its first publication", async () => {
  const shown = { show: 0, prompt: 2, hide: 0, keep_camera: 0 };
  await opened(aFeedStatus({ images: 2, shown }));
  expect(theSwitch().getAttribute("aria-checked")).toBe("false");
  expect(screen.getByTestId("feed-header").textContent).toContain("Nothing goes out until you");
  ipc.commands.feedSettings.mockResolvedValue(aFeedSettings({ details: "prompt" }));
  await fireEvent.click(theSwitch());
  const dialog = await screen.findByTestId("publish-dialog");
  await vi.waitFor(() => expect(dialog.textContent).toContain("2 public images"));
  expect(dialog.textContent).toContain("Models and parameters are removed");
  expect(dialog.textContent).toContain("caches may keep copies");
  expect(ipc.commands.setFeedOn).not.toHaveBeenCalled();
  ipc.commands.setFeedOn.mockResolvedValue(
    aPublishedFeed({ activity: "publishing", published: 0 }),
  );
  await fireEvent.click(screen.getByTestId("publish-ok"));
  expect(ipc.commands.setFeedOn).toHaveBeenCalledExactlyOnceWith(true);
  await vi.waitFor(() =>
    expect(screen.getByTestId("feed-state").textContent).toBe("Publishing, 0 of 316"),
  );
  expect(screen.queryByTestId("publish-dialog")).toBeNull();
});

it("the question before the first publication knows what single images show", async () => {
  await opened(aFeedStatus({ images: 2 }));
  // It was chosen since the status was read.
  const shown = { show: 1, prompt: 0, hide: 1, keep_camera: 1 };
  ipc.commands.feedStatus.mockResolvedValue(aFeedStatus({ images: 2, shown }));
  await fireEvent.click(theSwitch());
  const dialog = await screen.findByTestId("publish-dialog");
  await vi.waitFor(() =>
    expect(dialog.textContent).toContain("Prompts, models and parameters of 1 image are shown."),
  );
  expect(dialog.textContent).toContain("parameters of 1 image are removed, also from the files");
  expect(dialog.textContent).toContain("camera stay in the files of 1 image");
});

it("a first publication can be cancelled, previewed and prepared", async () => {
  const app = await opened(aFeedStatus());
  await fireEvent.click(theSwitch());
  const dialog = within(await screen.findByTestId("publish-dialog"));
  // The browser gives it the focus; the tests have no browser.
  expect(dialog.getByText("Cancel")).toHaveProperty("autofocus", true);
  await fireEvent.click(dialog.getByTestId("publish-preview"));
  expect(ipc.commands.previewFeed).toHaveBeenCalledOnce();
  await fireEvent.click(dialog.getByText("Cancel"));
  expect(screen.queryByTestId("publish-dialog")).toBeNull();
  expect(ipc.commands.setFeedOn).not.toHaveBeenCalled();
  await fireEvent.click(theSwitch());
  await fireEvent.click(await screen.findByText("Change what is shown"));
  expect([app.page, app.section]).toEqual(["settings", "feed"]);
});

it("shows the address, which can be copied and opened", async () => {
  await opened(aPublishedFeed());
  const { address } = aPublishedFeed();
  expect(screen.getByTestId("feed-state").textContent).toBe("Published, 316 images");
  expect(screen.getByTestId("feed-address").textContent).toBe(address);
  ipc.commands.copyText.mockResolvedValue(null);
  await fireEvent.click(screen.getByTestId("feed-copy"));
  expect(ipc.commands.copyText).toHaveBeenCalledExactlyOnceWith(address);
  await fireEvent.click(screen.getByTestId("feed-open"));
  expect(ipc.commands.openFeed).toHaveBeenCalledOnce();
});

it("follows the events of the host", async () => {
  await opened(aPublishedFeed());
  becomes(aPublishedFeed({ activity: "waiting", changes: 3 }));
  await vi.waitFor(() =>
    expect(screen.getByTestId("feed-state").textContent).toContain("3 changes waiting"),
  );
  const reason = "The bucket has no public address.";
  becomes(aPublishedFeed({ activity: "not_published", reason }));
  await screen.findByText(reason);
  await fireEvent.click(screen.getByText("Open settings"));
  expect(await screen.findByTestId("settings")).toBeTruthy();
});

it("is switched off without a question, and shows the removal", async () => {
  await opened(aPublishedFeed());
  ipc.commands.setFeedOn.mockResolvedValue(
    aPublishedFeed({ is_on: false, activity: "taking_back", waiting_files: 12 }),
  );
  await fireEvent.click(theSwitch());
  expect(ipc.commands.setFeedOn).toHaveBeenCalledExactlyOnceWith(false);
  await vi.waitFor(() =>
    expect(screen.getByTestId("feed-state").textContent).toBe("Being removed, 12 files left"),
  );
});

it("without a bucket, the feed can be previewed but not published", async () => {
  await opened(aFeedStatus(), { configured: false });
  expect(theSwitch().disabled).toBe(true);
  const header = within(screen.getByTestId("feed-header"));
  expect(header.getByText("Connect a bucket")).toBeTruthy();
  await fireEvent.click(header.getByTestId("feed-preview"));
  expect(ipc.commands.previewFeed).toHaveBeenCalledOnce();
});

it("lists images that are not published with their reasons, and opens them", async () => {
  const problems = [
    { image_id: i2, filename: "b.png", reason: "Its text cannot be removed." },
    { image_id: null, filename: "atom.xml", reason: "It is too large." },
  ];
  const app = await opened(aPublishedFeed({ problems, problem_count: 7 }));
  await fireEvent.click(screen.getByTestId("feed-problems"));
  const panel = screen.getByTestId("feed-problems-panel");
  expect(document.activeElement).toBe(panel);
  const [image, page] = within(panel).getAllByTestId("feed-problem");
  expect(image?.textContent).toContain("Its text cannot be removed.");
  expect(page?.tagName).toBe("DIV");
  expect(panel.textContent).toContain("and 5 more");
  if (image) await fireEvent.click(image);
  await vi.waitFor(() => expect(app.mode.viewing).toBe(true));
  expect(app.selection.active?.id).toBe(i2);
});

it("names the objects that were left in the bucket", async () => {
  const reason = "Another library publishes this file.";
  await opened(aFeedStatus({ left_in_bucket: [{ filename: "index.html", reason }] }));
  await fireEvent.click(screen.getByTestId("feed-left"));
  const [object] = within(screen.getByTestId("feed-left-panel")).getAllByTestId("feed-left-object");
  expect(object?.textContent).toContain("index.html");
  expect(object?.textContent).toContain(reason);
});

it("explains a shorter address only on a domain of one's own", async () => {
  await opened(aPublishedFeed());
  await fireEvent.click(screen.getByTestId("feed-shorter"));
  const panel = screen.getByTestId("feed-shorter-panel");
  const texts = [...panel.querySelectorAll("code")].map(({ textContent }) => textContent);
  expect(texts).toEqual([
    'ends_with(http.request.uri.path, "/")',
    'concat(http.request.uri.path, "index.html")',
    "https://img.example.art/feed/ana/",
  ]);
  ipc.commands.copyText.mockResolvedValue(null);
  await fireEvent.click(within(panel).getByLabelText("Copy the filter"));
  expect(ipc.commands.copyText).toHaveBeenCalledExactlyOnceWith(texts[0]);
  await fireEvent.keyDown(panel, { key: "Escape" });
  expect(screen.queryByTestId("feed-shorter-panel")).toBeNull();
  expect(document.activeElement).toBe(screen.getByTestId("feed-shorter"));
  becomes(aPublishedFeed({ has_own_domain: false }));
  await vi.waitFor(() => expect(screen.queryByTestId("feed-shorter")).toBeNull());
});

it("a preview that is being built can be cancelled", async () => {
  await opened(aFeedStatus());
  let refuse: (error: unknown) => void = () => undefined;
  ipc.commands.previewFeed.mockReturnValue(new Promise((_resolve, reject) => (refuse = reject)));
  await fireEvent.click(screen.getByTestId("feed-preview"));
  await fireEvent.click(screen.getByTestId("feed-preview"));
  expect(ipc.commands.cancelPreview).toHaveBeenCalledOnce();
  refuse({ code: "Cancelled", message: "" });
  await vi.waitFor(() => expect(screen.getByTestId("feed-preview").textContent).toBe("Preview"));
});

it("offers to publish beside the pictures, and leads to the public feed", async () => {
  const app = await opened(aFeedStatus());
  app.go({ view: "history" });
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  app.edits.setVisibility([i1], "unlisted");
  app.edits.setVisibility([i1], "public");
  const offer = await screen.findByTestId("feed-offer");
  expect(offer.textContent).toContain("page on the web");
  await fireEvent.click(screen.getByTestId("feed-offer-look"));
  expect(app.library.view.view).toBe("feed");
  expect(screen.queryByTestId("feed-offer")).toBeNull();
});
