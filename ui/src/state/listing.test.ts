import { beforeEach, expect, it, vi } from "vitest";
import { aPage, aTile } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { Listing } = await import("./listing.svelte");
const { Overlay } = await import("./overlay.svelte");

beforeEach(() => ipc.reset());

const change = (part: object) => ({ added: [], changed: [], removed: [], reload: false, ...part });
const history = () => new Listing({ view: "history" }, new Overlay());
const ids = (listing: ReturnType<typeof history>) => listing.tiles.map((tile) => tile.id);

it("asks for each page once, however often it is told to go on", async () => {
  const listing = history();
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile("i1")], "c1"));
  await Promise.all([listing.more(), listing.more(), listing.more()]);
  expect(ipc.commands.listImages).toHaveBeenCalledTimes(1);
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile("i2")]));
  await listing.more();
  expect(ipc.commands.listImages).toHaveBeenLastCalledWith(
    { view: "history" },
    { limit: 200, cursor: "c1" },
  );
  expect(ids(listing)).toEqual(["i1", "i2"]);
  expect(listing.complete).toBe(true);
});

it("puts a new image where it belongs and never shows one twice", async () => {
  const listing = history();
  ipc.hold([aTile("i1"), aTile("i3")]);
  await listing.more();
  ipc.hold([aTile("i1"), aTile("i2"), aTile("i3")]);
  await listing.apply(change({ added: ["i2"] }));
  await listing.apply(change({ added: ["i2"] }));
  expect(ids(listing)).toEqual(["i1", "i2", "i3"]);
});

it("leaves images beyond the loaded pages to their page", async () => {
  const listing = history();
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile("i1"), aTile("i2")], "c1"));
  await listing.more();
  ipc.hold([aTile("i9")]);
  await listing.apply(change({ added: ["i9"] }));
  expect(ids(listing)).toEqual(["i1", "i2"]);
});

it("does not take a reference into the history", async () => {
  const listing = history();
  await listing.more();
  ipc.hold([aTile("i1", { kind: "reference", visibility: null })]);
  await listing.apply(change({ added: ["i1"] }));
  expect(ids(listing)).toEqual([]);
});

it("counts what appears above a reader who is further down", async () => {
  const listing = history();
  ipc.hold([aTile("i3")]);
  await listing.more();
  listing.atTop = false;
  ipc.hold([aTile("i1"), aTile("i2"), aTile("i3")]);
  await listing.apply(change({ added: ["i1", "i2"] }));
  expect(listing.unseen).toBe(2);
  listing.seenTop();
  expect(listing.unseen).toBe(0);
});

it("drops what the catalog no longer knows", async () => {
  const listing = history();
  ipc.hold([aTile("i1"), aTile("i2")]);
  await listing.more();
  await listing.apply(change({ removed: ["i1"] }));
  expect(ids(listing)).toEqual(["i2"]);
});

it("keeps the list on screen until a reload has all of it", async () => {
  const listing = history();
  ipc.hold([aTile("i1"), aTile("i2")]);
  await listing.more();
  let answer: (page: unknown) => void = () => undefined;
  ipc.commands.listImages.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const reloading = listing.apply(change({ reload: true }));
  expect(ids(listing)).toEqual(["i1", "i2"]);
  await vi.waitFor(() => expect(ipc.commands.listImages).toHaveBeenCalledTimes(2));
  answer(aPage([aTile("i0"), aTile("i1"), aTile("i2")]));
  await reloading;
  expect(ids(listing)).toEqual(["i0", "i1", "i2"]);
});

it("keeps what it has when a page fails, and goes on when told to", async () => {
  const listing = history();
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile("i1")], "c1"));
  await listing.more();
  ipc.commands.listImages.mockRejectedValueOnce({ code: "Internal", message: "" });
  await listing.more();
  expect(listing.error).toMatchObject({ code: "Internal" });
  expect(ids(listing)).toEqual(["i1"]);
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile("i2")]));
  await listing.more();
  expect(listing.error).toBeNull();
  expect(ids(listing)).toEqual(["i1", "i2"]);
});

it("looks through the pages for an image and says when there is none", async () => {
  const listing = history();
  ipc.commands.listImages
    .mockResolvedValueOnce(aPage([aTile("i1")], "c1"))
    .mockResolvedValueOnce(aPage([aTile("i2")], "c2"))
    .mockResolvedValueOnce(aPage([aTile("i3")]));
  expect(await listing.find("i2")).toBe(true);
  expect(ipc.commands.listImages).toHaveBeenCalledTimes(2);
  expect(await listing.find("i8")).toBe(false);
});

it("lets an image that went to the trash leave every other view", async () => {
  const listing = history();
  ipc.hold([aTile("i1"), aTile("i2")]);
  await listing.more();
  ipc.hold([aTile("i1"), aTile("i2", { removed_at: 5 })]);
  await listing.apply(change({ changed: ["i2"] }));
  expect(ids(listing)).toEqual(["i1"]);
});

it("lets an image that became unlisted leave the feed", async () => {
  const feed = new Listing({ view: "feed" }, new Overlay());
  ipc.hold([aTile("i1", { visibility: "public" })]);
  await feed.more();
  ipc.hold([aTile("i1", { visibility: "unlisted" })]);
  await feed.apply(change({ changed: ["i1"] }));
  expect(ids(feed)).toEqual([]);
});

it("orders the trash by when images were removed and lets go of restored ones", async () => {
  const trash = new Listing({ view: "trash" }, new Overlay());
  ipc.hold([aTile("i2", { removed_at: 10 })]);
  await trash.more();
  ipc.hold([aTile("i1", { removed_at: 5 }), aTile("i2", { removed_at: 10 })]);
  await trash.apply(change({ removed: ["i1"] }));
  expect(ids(trash)).toEqual(["i2", "i1"]);
  ipc.hold([aTile("i1", { removed_at: 5 }), aTile("i2")]);
  await trash.apply(change({ added: ["i2"] }));
  expect(ids(trash)).toEqual(["i1"]);
});

it("shows how far an upload is even when its page was older than the change", async () => {
  const listing = history();
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile("i1")], "c1"));
  await listing.more();
  let answer: (page: unknown) => void = () => undefined;
  ipc.commands.listImages.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const paging = listing.more();
  ipc.hold([aTile("i1"), aTile("i2", { upload: "stored" })]);
  const applied = listing.apply(change({ changed: ["i2"] }));
  answer(aPage([aTile("i2", { upload: "uploading" })]));
  await Promise.all([paging, applied]);
  expect(listing.get("i2")?.upload).toBe("stored");
});
