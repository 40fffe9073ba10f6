import { beforeEach, expect, it, vi } from "vitest";
import { anId, aPage, aTile, shownIn, i0, i1, i2, i3, i8 } from "../testing/ipc";

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
const ids = shownIn;

it("reads and shows the first page, then the whole list", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile(i1)], "c1"));
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const index = ipc.viewIndex.getMockImplementation();
  ipc.viewIndex.mockImplementationOnce((view) => held.then(() => index?.(view) as never));
  await Promise.all([listing.open(), listing.open(), listing.open()]);
  expect([ids(listing), listing.ready, listing.complete]).toEqual([[i1], true, false]);
  answer();
  await vi.waitFor(() => expect(listing.complete).toBe(true));
  expect(ids(listing)).toEqual([i1, i2, i3]);
  expect(ipc.commands.listImages).toHaveBeenCalledTimes(1);
  expect(ipc.viewIndex).toHaveBeenCalledTimes(1);
});

it("reads nothing more if the first page is complete", async () => {
  const listing = history();
  ipc.hold([aTile(i1)]);
  await listing.open();
  expect(listing.complete).toBe(true);
  expect(ipc.viewIndex).not.toHaveBeenCalled();
});

it("continues when it is opened again after another view", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2)]);
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile(i1)], "c1"));
  ipc.viewIndex.mockResolvedValueOnce(new ArrayBuffer(0));
  await listing.open();
  await listing.apply(change({}));
  await listing.open();
  await vi.waitFor(() => expect(ids(listing)).toEqual([i1, i2]));
});

it("keeps the list on screen until a reload is complete", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2)]);
  await listing.open();
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const index = ipc.viewIndex.getMockImplementation();
  ipc.viewIndex.mockImplementationOnce((view) => held.then(() => index?.(view) as never));
  ipc.hold([aTile(i0), aTile(i1), aTile(i2)]);
  const reloading = listing.apply(change({ reload: true }));
  await vi.waitFor(() => expect(ipc.viewIndex).toHaveBeenCalledTimes(1));
  expect(ids(listing)).toEqual([i1, i2]);
  answer();
  await reloading;
  expect(ids(listing)).toEqual([i0, i1, i2]);
});

it("reloads once for many requests during a reload", async () => {
  const listing = history();
  await listing.open();
  await Promise.all([listing.reload(), listing.reload(), listing.reload()]);
  expect(ipc.viewIndex).toHaveBeenCalledTimes(1);
});

it("keeps what it has when the rest fails, and continues on request", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2)]);
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile(i1)], "c1"));
  ipc.viewIndex.mockRejectedValueOnce({ code: "Internal", message: "" });
  await listing.open();
  await vi.waitFor(() => expect(listing.error).toMatchObject({ code: "Internal" }));
  expect(ids(listing)).toEqual([i1]);
  await listing.open();
  expect(listing.error).toBeNull();
  expect(ids(listing)).toEqual([i1, i2]);
});

it("waits for the whole list to find an image", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile(i1)], "c1"));
  expect(await listing.find(i3)).toBe(2);
  expect(await listing.find(i8)).toBe(-1);
});

it("reads tiles on request, and only once", async () => {
  const listing = history();
  const many = Array.from({ length: 3000 }, (_, at) => aTile(anId(at)));
  ipc.hold(many);
  ipc.commands.listImages.mockResolvedValueOnce(aPage(many.slice(0, 10), "c1"));
  await listing.find(anId(2999));
  expect(listing.at(2000)).toBeUndefined();
  listing.want(1990, 2010);
  listing.want(1990, 2010);
  await vi.waitFor(() => expect(listing.at(2000)?.id).toBe(anId(2000)));
  expect(ipc.commands.getTiles).toHaveBeenCalledTimes(1);
});

it("reports the new positions of its images", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i3)]);
  await listing.open();
  const moved = vi.fn();
  listing.moved = moved;
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  await listing.apply(change({ added: [i2] }));
  expect(moved).toHaveBeenCalledExactlyOnceWith(Int32Array.from([0, 2]), 3);
});

it("moves nothing when only the visibility of an image changed", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2)]);
  await listing.open();
  const { images } = listing;
  ipc.hold([aTile(i1), aTile(i2, { visibility: "public" })]);
  await listing.apply(change({ changed: [i2] }));
  expect(listing.images).toBe(images);
  expect([listing.visibilityAt(0), listing.visibilityAt(1)]).toEqual(["unlisted", "public"]);
});

it("puts a new image where it belongs and never shows one twice", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i3)]);
  await listing.open();
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  await listing.apply(change({ added: [i2] }));
  await listing.apply(change({ added: [i2] }));
  expect(ids(listing)).toEqual([i1, i2, i3]);
});

it("does not take a reference into the history", async () => {
  const listing = history();
  await listing.open();
  ipc.hold([aTile(i1, { kind: "reference", visibility: null })]);
  await listing.apply(change({ added: [i1] }));
  expect(ids(listing)).toEqual([]);
});

it("counts what appears above a reader who is further down", async () => {
  const listing = history();
  ipc.hold([aTile(i3)]);
  await listing.open();
  listing.atTop = false;
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  await listing.apply(change({ added: [i1, i2] }));
  expect(listing.unseen).toBe(2);
  listing.seenTop();
  expect(listing.unseen).toBe(0);
});

it("drops images that are no longer in the catalog", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2)]);
  await listing.open();
  await listing.apply(change({ removed: [i1] }));
  expect(ids(listing)).toEqual([i2]);
});

it("removes an image in the trash from every other view", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2)]);
  await listing.open();
  ipc.hold([aTile(i1), aTile(i2, { removed_at: 5 })]);
  await listing.apply(change({ changed: [i2] }));
  expect(ids(listing)).toEqual([i1]);
});

it("removes an unlisted image from the feed", async () => {
  const feed = new Listing({ view: "feed" }, new Overlay());
  ipc.hold([aTile(i1, { visibility: "public" })]);
  await feed.open();
  ipc.hold([aTile(i1, { visibility: "unlisted" })]);
  await feed.apply(change({ changed: [i1] }));
  expect(ids(feed)).toEqual([]);
});

it("orders the trash by removal, and drops restored images", async () => {
  const trash = new Listing({ view: "trash" }, new Overlay());
  ipc.hold([aTile(i2, { removed_at: 10 })]);
  await trash.open();
  ipc.hold([aTile(i1, { removed_at: 5 }), aTile(i2, { removed_at: 10 })]);
  await trash.apply(change({ removed: [i1] }));
  expect(ids(trash)).toEqual([i2, i1]);
  ipc.hold([aTile(i1, { removed_at: 5 }), aTile(i2)]);
  await trash.apply(change({ added: [i2] }));
  expect(ids(trash)).toEqual([i1]);
});

it("updates uploads even if the page was older than the change", async () => {
  const listing = history();
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile(i1)], "c1"));
  await listing.open();
  let answer: (page: unknown) => void = () => undefined;
  ipc.commands.listImages.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const paging = listing.open();
  ipc.hold([aTile(i1), aTile(i2, { upload: "stored" })]);
  const applied = listing.apply(change({ changed: [i2] }));
  answer(aPage([aTile(i2, { upload: "uploading" })]));
  await Promise.all([paging, applied]);
  expect(listing.get(i2)?.upload).toBe("stored");
});

it("shows the oldest first once all are known, with new ones at the end", async () => {
  const listing = new Listing({ view: "history" }, new Overlay(), {
    by: { by: "made" },
    reversed: true,
  });
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  ipc.commands.listImages.mockResolvedValueOnce(aPage([aTile(i1)], "c1"));
  await listing.open();
  expect(ids(listing)).toEqual([]);
  await vi.waitFor(() => expect(ids(listing)).toEqual([i3, i2, i1]));
  ipc.hold([aTile(i0), aTile(i1), aTile(i2), aTile(i3)]);
  listing.atTop = false;
  await listing.apply(change({ added: [i0] }));
  expect(ids(listing)).toEqual([i3, i2, i1, i0]);
  expect(listing.unseen).toBe(0);
});

it("reverses the order, and reports the new positions", async () => {
  const listing = history();
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  await listing.open();
  const moved: number[][] = [];
  listing.moved = (moves) => void moved.push([...moves]);
  listing.atTop = false;
  listing.order = { by: { by: "made" }, reversed: true };
  expect(ids(listing)).toEqual([i3, i2, i1]);
  listing.order = { by: { by: "made" }, reversed: false };
  expect(ids(listing)).toEqual([i1, i2, i3]);
  expect(moved).toEqual([
    [2, 1, 0],
    [2, 1, 0],
  ]);
  expect(listing.unseen).toBe(0);
});

it("ignores an older answer that arrives later", async () => {
  const listing = history();
  ipc.hold([aTile(i1, { upload: "uploading" })]);
  await listing.open();
  await listing.reload();
  let answer: (tiles: unknown) => void = () => undefined;
  ipc.commands.getTiles.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  listing.want(0, 1);
  ipc.hold([aTile(i1, { upload: "stored" })]);
  await listing.apply(change({ changed: [i1] }));
  answer([aTile(i1, { upload: "uploading" })]);
  await vi.waitFor(() => expect(ipc.commands.getTiles).toHaveBeenCalledTimes(2));
  await Promise.resolve();
  expect(listing.get(i1)?.upload).toBe("stored");
});

it("reads its tiles again after a reload, even if no image moved", async () => {
  const listing = history();
  ipc.hold([aTile(i1, { upload: "waiting" })]);
  await listing.open();
  const before = listing.doubts;
  ipc.hold([aTile(i1, { upload: "stored" })]);
  await listing.apply(change({ reload: true }));
  expect(listing.doubts).toBeGreaterThan(before);
  listing.want(0, 1);
  await vi.waitFor(() => expect(listing.get(i1)?.upload).toBe("stored"));
});

it("reads a page again that was requested before it heard of changes", async () => {
  const listing = history();
  ipc.hold([aTile(i1, { upload: "stored" }), aTile(i2)]);
  await listing.open(Promise.resolve(aPage([aTile(i1, { upload: "uploading" })])));
  expect([ids(listing), listing.complete]).toEqual([[i1], false]);
  await listing.whole();
  expect([ids(listing), listing.complete]).toEqual([[i1, i2], true]);
  listing.want(0, 2);
  await vi.waitFor(() => expect(listing.get(i1)?.upload).toBe("stored"));
});

it("shows a changed visibility in reverse order, too", async () => {
  const listing = new Listing({ view: "history" }, new Overlay(), {
    by: { by: "made" },
    reversed: true,
  });
  ipc.hold([aTile(i1), aTile(i2)]);
  await listing.open();
  listing.refresh();
  ipc.hold([aTile(i1, { visibility: "public" }), aTile(i2)]);
  await listing.apply(change({ changed: [i1] }));
  expect(listing.visibilityAt(listing.indexOf(i1))).toBe("public");
  expect(listing.visibilityAt(listing.indexOf(i2))).toBe("unlisted");
});

it("counts public and unlisted images with unconfirmed changes", async () => {
  const overlay = new Overlay();
  const listing = new Listing({ view: "history" }, overlay);
  ipc.hold([
    aTile(i0, { visibility: "public" }),
    aTile(i1),
    aTile(i2),
    aTile(i3, { kind: "reference", visibility: null }),
  ]);
  await listing.open();
  const marks = Uint8Array.of(1, 1, 0, 1);
  expect(listing.visibilitiesOf(marks)).toEqual({ public: 1, unlisted: 1 });
  overlay.set([i0, i1, i2], { visibility: "public" });
  expect(listing.visibilitiesOf(marks)).toEqual({ public: 2, unlisted: 0 });
  overlay.set([i0, i1, i2], { visibility: undefined });
  expect(listing.visibilitiesOf(marks)).toEqual({ public: 1, unlisted: 1 });
});

it("counts sensitive images with unconfirmed marks", async () => {
  const overlay = new Overlay();
  const listing = new Listing({ view: "history" }, overlay);
  ipc.hold([aTile(i0, { sensitive: true }), aTile(i1), aTile(i2)]);
  await listing.open();
  const marks = Uint8Array.of(1, 1, 0);
  expect(listing.sensitiveOf(marks)).toEqual({ sensitive: 1, others: 1 });
  overlay.set([i1, i2], { sensitive: true });
  expect(listing.sensitiveOf(marks)).toEqual({ sensitive: 2, others: 0 });
  expect([0, 1, 2].map((at) => listing.sensitiveAt(at))).toEqual([true, true, true]);
  overlay.set([i1, i2], { sensitive: undefined });
  expect(listing.sensitiveOf(marks)).toEqual({ sensitive: 1, others: 1 });
});
