import { beforeEach, expect, it, vi } from "vitest";
import { aTile, i1, i2, i3 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

async function started() {
  ipc.hold([aTile(i1), aTile(i2), aTile(i3)]);
  const app = new App();
  await app.start();
  await vi.waitFor(() => expect(app.library.listing.ready).toBe(true));
  return app;
}

beforeEach(() => ipc.reset());

it("moves a gallery among the others, and back with undo", async () => {
  const app = await started();
  const gallery = (id: string) => ({ id, name: id, images: 0, cover: null });
  app.library.galleries = ["a", "b", "c"].map(gallery);
  const order = () => app.library.galleries.map(({ id }) => id).join("");
  ipc.commands.arrangeGalleries.mockImplementation(async (ids: string[]) => ids.map(gallery));
  await app.galleries.move("c", -1);
  expect(order()).toBe("acb");
  await app.galleries.move("a", -1);
  expect(ipc.commands.arrangeGalleries).toHaveBeenCalledExactlyOnceWith(["a", "c", "b"]);
  await app.undone.undo();
  expect(order()).toBe("abc");
  ipc.commands.arrangeGalleries.mockRejectedValue({ code: "Internal", message: "" });
  await app.galleries.move("a", 1);
  expect(order()).toBe("abc");
});

it("chooses a cover, and undo restores the previous one", async () => {
  const app = await started();
  const hands = { id: "a", name: "Hands", images: 2, cover: i1 };
  app.library.galleries = [hands];
  ipc.commands.setGalleryCover.mockImplementation(async (_, cover: string) => ({
    ...hands,
    cover,
  }));
  await app.galleries.setCover("a", i2);
  expect(app.library.galleries[0]?.cover).toBe(i2);
  await app.undo();
  expect(ipc.commands.setGalleryCover).toHaveBeenLastCalledWith("a", i1);
  expect(app.library.galleries[0]?.cover).toBe(i1);
});
