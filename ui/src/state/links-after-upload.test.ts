import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ImportSummary, Tile } from "../ipc/bindings";
import { aTile, i1, i2, i3, i4, i5 } from "../testing/ipc";
import { PROMPTLY } from "./links-after-upload";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

beforeEach(() => {
  ipc.reset();
  ipc.commands.getLinks.mockImplementation((...[ids]: string[][]) =>
    Promise.resolve((ids ?? []).map((id) => ({ id, url: addressOf(id) }))),
  );
});
afterEach(() => vi.useRealTimers());

const addressOf = (id: string) => `https://img.example.art/${id}.png`;
const waiting = (id: string) => aTile(id, { upload: "waiting" });

/** What an import returns that brought these images, and found others in the library. */
function brought(ids: string[], known: string[] = []): ImportSummary {
  const file = (outcome: "imported" | "duplicate") => (id: string) => ({
    name: `${id}.png`,
    outcome,
    id,
    reason: null,
    code: null,
    kind: null,
  });
  return {
    imported: ids.length,
    duplicates: known.length,
    in_trash: 0,
    trashed: [],
    switched: 0,
    rejected: 0,
    passed_over: { kinds: [], counted: 0, hidden: 0, links: 0, libraries: 0, others: 0 },
    cancelled: false,
    done: ids.length + known.length,
    total: ids.length + known.length,
    files: [...ids.map(file("imported")), ...known.map(file("duplicate"))],
  };
}

async function opened(wanted = true) {
  const app = new App();
  await app.start();
  await app.setup.save({ copy_links_after_upload: wanted });
  return app;
}

async function drop(app: InstanceType<typeof App>, ids: string[], known: string[] = []) {
  for (const id of ids) ipc.catalog.add(waiting(id));
  ipc.commands.importDropped.mockResolvedValueOnce(brought(ids, known));
  await app.imports.fromDrop(1, app.imports.target);
}

/** Ends uploads, as the host tells it. */
function settle(ids: string[], part: Partial<Tile> = { upload: "stored" }): void {
  ipc.catalog.change(ids, part);
  ipc.send("catalogChanged", { added: [], changed: ids, removed: [], reload: false });
}

/** Returns what is on the clipboard once the host has answered everything. */
async function copied(): Promise<unknown> {
  const { copyText, getLinks, getTiles } = ipc.commands;
  const answers = () => [...getTiles.mock.results, ...getLinks.mock.results];
  for (let before = -1; before !== answers().length;) {
    before = answers().length;
    await Promise.allSettled(answers().map(({ value }) => value as unknown));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return copyText.mock.lastCall?.[0 as never] ?? null;
}

const said = (app: InstanceType<typeof App>) => app.toasts.list.map(({ text }) => text);

it("copies the link of an imported image once it is uploaded", async () => {
  const app = await opened();
  await drop(app, [i1]);
  expect(await copied()).toBeNull();
  settle([i1]);
  expect(await copied()).toBe(addressOf(i1));
  expect(said(app)).toContain("Uploaded. Copied 1 link.");
});

it("copies all links of a drop together, one a line, in its order", async () => {
  const app = await opened();
  await drop(app, [i1, i2, i3], [i4]);
  settle([i3]);
  settle([i1]);
  expect(await copied()).toBeNull();
  ipc.catalog.change([i2], { upload: "stored" });
  ipc.send("catalogChanged", { added: [], changed: [], removed: [], reload: true });
  expect(await copied()).toBe([i1, i2, i3].map(addressOf).join("\n"));
  expect(ipc.commands.copyText).toHaveBeenCalledOnce();
});

it("treats pictures that are pasted together as one import", async () => {
  const app = await opened();
  for (const id of [i1, i2]) {
    // The first is uploaded before the second is imported.
    ipc.catalog.add(aTile(id, { upload: "stored" }));
    ipc.module.importPasted.mockResolvedValueOnce(brought([id]));
  }
  await app.imports.fromPaste([new File([], "1.png"), new File([], "2.png")]);
  expect(await copied()).toBe([i1, i2].map(addressOf).join("\n"));
  expect(ipc.commands.copyText).toHaveBeenCalledOnce();
});

it("adds images that are imported while others are still uploaded", async () => {
  const app = await opened();
  await drop(app, [i1]);
  await drop(app, [i2]);
  settle([i1]);
  expect(await copied()).toBeNull();
  settle([i2]);
  expect(await copied()).toBe([i1, i2].map(addressOf).join("\n"));
});

it("leaves out images that failed or were removed, and counts the failed ones", async () => {
  const app = await opened();
  await drop(app, [i1, i2, i3]);
  settle([i1], { upload: "parked" });
  settle([i2], { removed_at: 1 });
  settle([i3]);
  expect(await copied()).toBe(addressOf(i3));
  expect(said(app)).toContain("Uploaded. Copied 1 link. 1 image could not be uploaded.");
});

it("leaves the clipboard alone when no upload succeeded", async () => {
  const app = await opened();
  await drop(app, [i1]);
  settle([i1], { upload: "parked" });
  expect(await copied()).toBeNull();
  expect(said(app)).toContain("No link was copied. 1 image could not be uploaded.");
  await drop(app, [i2]);
  settle([i2], { removed_at: 1 });
  expect(await copied()).toBeNull();
});

it("copies nothing of other uploads, of known images, or without the setting", async () => {
  const app = await opened();
  ipc.catalog.add(waiting(i1));
  settle([i1]);
  await drop(app, [], [i2]);
  await app.setup.save({ copy_links_after_upload: false });
  await drop(app, [i3]);
  settle([i3]);
  // The setting counts at both moments.
  await app.setup.save({ copy_links_after_upload: true });
  settle([i3]);
  await drop(app, [i4]);
  await app.setup.save({ copy_links_after_upload: false });
  settle([i4]);
  expect(await copied()).toBeNull();
});

it("offers the links instead when the import was long ago", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const app = await opened();
  await drop(app, [i1, i2]);
  vi.setSystemTime(Date.now() + PROMPTLY + 1);
  settle([i1, i2]);
  expect(await copied()).toBeNull();
  const offer = app.toasts.list.find(({ text }) => text === "Uploaded 2 images.");
  expect(offer?.action?.label).toBe("Copy links");
  offer?.action?.run();
  expect(await copied()).toBe([i1, i2].map(addressOf).join("\n"));
});

it("does not let old uploads delay the links of a new import", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const app = await opened();
  await drop(app, [i1]);
  vi.setSystemTime(Date.now() + PROMPTLY + 1);
  await drop(app, [i5]);
  settle([i5]);
  expect(await copied()).toBe(addressOf(i5));
});

it("says so when the state of the uploads cannot be read", async () => {
  const app = await opened();
  await drop(app, [i1]);
  ipc.commands.getTiles.mockRejectedValue({ code: "Internal", message: "" });
  settle([i1]);
  await vi.waitFor(() =>
    expect(said(app).join()).toContain("The links of the new images were not copied."),
  );
});
