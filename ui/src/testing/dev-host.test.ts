import { expect, it, vi } from "vitest";

vi.mock("$ipc", () => import("../../dev/mock-ipc"));
const { App } = await import("../state/app.svelte");
const { commands } = await import("../../dev/mock-ipc");

it("the library of npm run dev:mock opens, and can be changed", async () => {
  const app = new App();
  await app.start();
  const { library } = app;
  await vi.waitFor(() => expect(library.listing.complete).toBe(true));
  // 5000 pictures, of which four are in the trash.
  expect(library.listing.images.count).toBe(4996);
  expect(library.counts).toMatchObject({ history: 4996, trash: 4, references: 240 });
  await app.imports.fromDialog();
  expect(library.listing.images.count).toBe(4997);
  const first = library.listing.images.idAt(0);
  await app.edits.remove([first]);
  expect(library.listing.images.count).toBe(4996);
  expect((await commands.getImage(first)).removed_at).not.toBeNull();
});
