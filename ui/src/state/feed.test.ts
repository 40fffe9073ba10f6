import { beforeEach, expect, it, vi } from "vitest";
import type { FeedStatus } from "../ipc/bindings";
import { aFeedStatus, aPublishedFeed } from "../testing/feed-fixtures";
import { aBootstrap, aTile, i1 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");
const { loadMemory } = await import("./memory");

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
});

const bucket = { configured: true, bucket: "art", missing: [] };

async function opened(status = aFeedStatus()) {
  ipc.hold([aTile(i1)]);
  ipc.commands.bootstrap.mockResolvedValue(aBootstrap({ bucket }));
  ipc.commands.feedStatus.mockResolvedValue(status);
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.feed.status).not.toBeNull());
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  return app;
}

/** The feed changes, and the host says that it did. */
function becomes(status: FeedStatus): void {
  ipc.commands.feedStatus.mockResolvedValue(status);
  ipc.send("feedChanged", null);
}

it("asks before the feed is published for the first time, and not again", async () => {
  const app = await opened();
  app.feed.turn(true);
  expect(app.feed.asking).toBe(true);
  expect(ipc.commands.setFeedOn).not.toHaveBeenCalled();
  await app.feed.setOn(true);
  expect(app.feed.asking).toBe(false);
  becomes(aFeedStatus({ written_at: 1 }));
  await vi.waitFor(() => expect(app.feed.status?.written_at).toBe(1));
  app.feed.turn(true);
  expect(app.feed.asking).toBe(false);
  await vi.waitFor(() => expect(ipc.commands.setFeedOn).toHaveBeenCalledTimes(2));
});

it("ignores the status of another profile", async () => {
  const app = await opened();
  ipc.commands.feedStatus.mockResolvedValue(aPublishedFeed({ owner_id: "ben" }));
  await app.feed.load();
  expect(app.feed.isOn).toBe(false);
});

it("a late answer does not replace that to a later question", async () => {
  const app = await opened();
  let answer: (status: FeedStatus) => void = () => undefined;
  ipc.commands.setFeedOn.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const switching = app.feed.setOn(true);
  expect(app.feed.isOn).toBe(true);
  becomes(aPublishedFeed());
  await vi.waitFor(() => expect(app.feed.status?.activity).toBe("published"));
  answer(aPublishedFeed({ activity: "publishing" }));
  await switching;
  expect(app.feed.status?.activity).toBe("published");
});

it("the switch goes back if the host refuses, with the reason", async () => {
  const app = await opened();
  ipc.commands.setFeedOn.mockRejectedValue({ code: "Bucket", message: "no such bucket" });
  await app.feed.setOn(true);
  expect(app.feed.isOn).toBe(false);
  expect(app.toasts.list[0]?.text).toContain("The feed was not published.");
});

it("says when a feed is removed, and what cannot be taken back", async () => {
  const app = await opened(aPublishedFeed({ is_on: false, activity: "taking_back" }));
  becomes(aFeedStatus({ written_at: 1 }));
  await vi.waitFor(() =>
    expect(app.toasts.list.at(-1)?.text).toMatch(/removed from the bucket.*caches may keep/),
  );
});

it("offers to publish once, when an image becomes public", async () => {
  const app = await opened();
  app.edits.setVisibility([i1], "public");
  expect(app.feed.offering).toBe(true);
  app.feed.offering = false;
  app.edits.setVisibility([i1], "unlisted");
  app.edits.setVisibility([i1], "public");
  expect(app.feed.offering).toBe(false);
});

it("does not offer to publish without a bucket, or when the feed is on", async () => {
  const published = await opened(aPublishedFeed());
  published.edits.setVisibility([i1], "public");
  expect(published.feed.offering).toBe(false);
  const app = await opened();
  app.setup.bucket = { ...bucket, configured: false };
  app.edits.setVisibility([i1], "public");
  expect(app.feed.offering).toBe(false);
});

it("keeps the problems of a preview while the feed is off", async () => {
  const app = await opened();
  const problems = [{ image_id: i1, filename: "a.png", reason: "Hidden text." }];
  ipc.commands.previewFeed.mockResolvedValue({ images: 0, left_out: 0, problems });
  await app.feed.preview();
  expect(app.feed.problems).toEqual({ list: problems, count: 1 });
  becomes(aPublishedFeed());
  await vi.waitFor(() => expect(app.feed.problems.count).toBe(0));
});

it("a cancelled preview is no error", async () => {
  const app = await opened();
  ipc.commands.previewFeed.mockRejectedValue({ code: "Cancelled", message: "" });
  await app.feed.preview();
  expect(app.toasts.list).toEqual([]);
  expect(app.feed.isPreviewing).toBe(false);
});
