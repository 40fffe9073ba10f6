import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Recovery } from "./ipc/bindings";
import { plainTarget } from "./state/views";
import { aBootstrap, aTile, i1, i2 } from "./testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("./testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./state/app.svelte");
const { default: Root } = await import("./App.svelte");
const later = Promise.resolve(await import("./later"));

beforeEach(() => ipc.reset());
afterEach(cleanup);

async function opened(tiles = [aTile(i1), aTile(i2)], boot = aBootstrap()) {
  ipc.hold(tiles);
  ipc.commands.bootstrap.mockResolvedValue(boot);
  const app = new App();
  const starting = app.start();
  render(Root, { app, later });
  expect(screen.getByTestId("nav-history")).toBeTruthy();
  await starting;
  await vi.waitFor(() => expect(app.library.listing.ready).toBe(true));
  return app;
}

it("invites a drop into an empty history and offers a bucket quietly", async () => {
  await opened([]);
  expect(await screen.findByTestId("empty-history")).toBeTruthy();
  expect(screen.getByTestId("connect-bar")).toBeTruthy();
});

it("does not offer a bucket again once it was declined", async () => {
  const settings = { ...aBootstrap().settings, first_run_done: true };
  await opened([], aBootstrap({ settings }));
  await screen.findByTestId("empty-history");
  expect(screen.queryByTestId("connect-bar")).toBeNull();
});

/** the parts of an import's summary that do not matter here */
const counts = {
  passed_over: { kinds: [], counted: 0, hidden: 0, links: 0, libraries: 0, others: 0 },
  done: 0,
  total: 0,
};

it("shows on the overlay where files will go, and adds them there", async () => {
  await opened();
  ipc.send("dragOver", { phase: "enter", files: 3, is_ours: false, x: 500, y: 300 });
  expect((await screen.findByTestId("drop-overlay")).textContent).toContain(
    "Add 3 files to History",
  );
  ipc.send("dropped", { token: 7, files: 3, is_ours: false, x: 500, y: 300 });
  expect(ipc.commands.importDropped).toHaveBeenCalledWith(7, plainTarget.generated);
  await vi.waitFor(() => expect(screen.queryByTestId("drop-overlay")).toBeNull());
});

it("asks before it imports files that Vitrine was opened with", async () => {
  const app = await opened();
  expect(screen.queryByTestId("file-offer")).toBeNull();
  ipc.commands.offeredFiles.mockResolvedValue({ files: 3, first: "a fox.png" });
  ipc.send("filesOffered", null);
  expect((await screen.findByTestId("file-offer")).textContent).toContain(
    "Add a fox.png and 2 more to History?",
  );
  expect(ipc.commands.importOffered).not.toHaveBeenCalled();
  ipc.commands.offeredFiles.mockResolvedValue(null);
  await fireEvent.click(screen.getByTestId("file-offer-import"));
  expect(ipc.commands.importOffered).toHaveBeenCalledExactlyOnceWith(plainTarget.generated);
  await vi.waitFor(() => expect(app.imports.offered).toBeNull());
  expect(screen.queryByTestId("file-offer")).toBeNull();
});

it("shows at the start which files Vitrine was opened with, and forgets declined ones", async () => {
  ipc.commands.offeredFiles.mockResolvedValue({ files: 1, first: "owl.png" });
  await opened();
  expect((await screen.findByTestId("file-offer")).textContent).toContain(
    "Add owl.png to History?",
  );
  await fireEvent.click(screen.getByTestId("file-offer-decline"));
  expect(ipc.commands.declineOffered).toHaveBeenCalledOnce();
  expect(screen.queryByTestId("file-offer")).toBeNull();
  expect(ipc.commands.importOffered).not.toHaveBeenCalled();
});

it("offers files again whose import could not begin", async () => {
  await opened();
  ipc.commands.offeredFiles.mockResolvedValue({ files: 1, first: "owl.png" });
  ipc.commands.importOffered.mockRejectedValue({ code: "DiskFull", message: "The disk is full." });
  ipc.send("filesOffered", null);
  await fireEvent.click(await screen.findByTestId("file-offer-import"));
  await vi.waitFor(() => expect(screen.getByTestId("file-offer")).toBeTruthy());
});

it("explains every refused file in a panel that stays until it is closed", async () => {
  const app = await opened();
  const refused = { outcome: "rejected" as const, id: null, kind: null };
  ipc.commands.importWithDialog.mockResolvedValue({
    imported: 0,
    duplicates: 0,
    in_trash: 0,
    trashed: [],
    switched: 0,
    rejected: 2,
    cancelled: false,
    ...counts,
    files: [
      { ...refused, name: "a.svg", reason: "This drawing is never imported.", code: "Svg" },
      { ...refused, name: "b.png", reason: null, code: "Failed" },
    ],
  });
  await fireEvent.click(screen.getByTestId("import-button"));
  const [row, other] = await screen.findAllByTestId("import-rejection");
  expect(row?.textContent).toContain("a.svg");
  expect(row?.textContent).toContain("never imported");
  expect(other?.textContent).toContain("could not be imported");
  for (const toast of app.toasts.list) app.toasts.dismiss(toast.id);
  expect(screen.getByTestId("import-report")).toBeTruthy();
});

it("counts files of unsupported formats", async () => {
  const app = await opened();
  const avif = {
    outcome: "rejected" as const,
    id: null,
    reason: "x",
    code: "UnsupportedFormat" as const,
  };
  ipc.commands.importWithDialog.mockResolvedValue({
    imported: 0,
    duplicates: 0,
    in_trash: 0,
    trashed: [],
    switched: 0,
    rejected: 2,
    cancelled: false,
    ...counts,
    passed_over: {
      ...counts.passed_over,
      kinds: [
        { kind: "AVIF", count: 2 },
        { kind: "video", count: 1 },
      ],
      counted: 1,
    },
    files: ["a.avif", "b.avif"].map((name) => ({ ...avif, name, kind: "AVIF" })),
  });
  await fireEvent.click(screen.getByTestId("import-button"));
  const rows = await screen.findAllByTestId("import-kind");
  expect(rows.map((row) => row.textContent.replace(/\s+/g, " ").trim())).toEqual([
    "2 AVIF Not supported yet. a.avif, b.avif",
    "1 video Not supported yet.",
  ]);
  expect(screen.getByTestId("import-report").textContent).toContain("3 files not added");
  expect(app.imports.notAdded.refused).toBe(2);
});

it("counts imported images that are in the trash, and restores them", async () => {
  const app = await opened();
  const [trashed, name] = [[i1, i2], "a.png"];
  const met = { name, outcome: "in_trash" as const, reason: null, code: null, kind: null };
  ipc.commands.importWithDialog.mockResolvedValue({
    imported: 0,
    duplicates: 0,
    in_trash: 3,
    trashed,
    switched: 0,
    rejected: 0,
    cancelled: false,
    ...counts,
    files: [
      { ...met, id: i1 },
      { ...met, id: i2 },
      { ...met, id: i2 },
    ],
  });
  await fireEvent.click(screen.getByTestId("import-button"));
  expect((await screen.findByTestId("import-trashed")).textContent).toContain("2 are in the trash");
  await fireEvent.click(screen.getByTestId("import-restore"));
  expect(ipc.commands.restoreImages).toHaveBeenCalledWith(trashed);
  await vi.waitFor(() => expect(screen.queryByTestId("import-report")).toBeNull());
  await app.undo();
  expect(ipc.commands.removeImages).toHaveBeenCalledWith(trashed, false);
});

it("selects the existing image when it is imported again", async () => {
  const app = await opened();
  ipc.commands.importWithDialog.mockResolvedValue({
    imported: 0,
    duplicates: 1,
    in_trash: 0,
    trashed: [],
    switched: 0,
    rejected: 0,
    cancelled: false,
    ...counts,
    files: [{ name: "a.png", outcome: "duplicate", id: i2, reason: null, code: null, kind: null }],
  });
  await fireEvent.click(screen.getByTestId("import-button"));
  await vi.waitFor(() => expect(app.selection.targets()).toEqual([i2]));
  expect((await screen.findByTestId("toast")).textContent).toContain("already in the library");
});

it("shows the details of the chosen image and switches its visibility", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  const link = await screen.findByTestId("inspector-link");
  expect(link.textContent).toContain(`https://img.example.art/${i1}.png`);
  await fireEvent.click(screen.getByTestId("inspector-visibility-public"));
  expect(ipc.commands.setVisibility).toHaveBeenCalledWith([i1], "public", null);
  expect(screen.getByTestId("inspector-visibility-public").getAttribute("aria-checked")).toBe(
    "true",
  );
});

it("opens the viewer with Enter, walks with the arrows and leaves with Esc", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  await fireEvent.keyDown(window, { key: "Enter" });
  const viewer = await screen.findByTestId("viewer");
  expect(within(viewer).getByTestId("viewer-image").getAttribute("src")).toContain(
    `original/${i1}`,
  );
  await fireEvent.keyDown(window, { key: "ArrowRight" });
  expect(screen.getByTestId("viewer-image").getAttribute("src")).toContain(`original/${i2}`);
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(screen.queryByTestId("viewer")).toBeNull();
  expect(app.selection.active?.id).toBe(i2);
});

it("offers everything that uses a picture in the menus of the grid and of the viewer", async () => {
  const app = await opened();
  const uses = [
    "Copy picture",
    "Copy prompt",
    "Copy all parameters",
    "Save a copy as…",
    "Open a copy with another program",
    "Show a copy in the file manager",
    "Use as reference",
  ];
  const offered = () =>
    screen.getAllByRole("menuitem").map((item) => item.querySelector("span")?.textContent ?? "");
  await fireEvent.contextMenu((await screen.findAllByTestId("tile"))[1] as HTMLElement);
  await vi.waitFor(() => expect(offered()).toEqual(expect.arrayContaining(uses)));
  app.menu = null;
  app.selection.show(1);
  const image = await screen.findByTestId("viewer-image");
  await fireEvent.contextMenu(image, { clientX: 40, clientY: 60 });
  expect(app.menu).toEqual({ x: 40, y: 60 });
  await vi.waitFor(() => expect(offered()).toEqual(expect.arrayContaining(uses)));
  app.menu = null;
  await fireEvent.keyDown(image, { key: "F10", shiftKey: true });
  expect(app.menu).not.toBeNull();
  app.menu = null;
  app.mode.leave("view");
  app.selection.chooseAll();
  app.menu = { x: 0, y: 0 };
  await vi.waitFor(() => expect(offered()).toContain("Save copies in a folder…"));
  expect(offered()).not.toContain("Copy picture");
});

it("switches copying links after uploads, and notifications, in the settings", async () => {
  const app = await opened();
  app.openSettings();
  const box = (testid: string) => screen.findByTestId<HTMLInputElement>(testid);
  await vi.waitFor(async () => expect((await box("notify-when-done")).disabled).toBe(false));
  expect((await box("copy-links-after-upload")).checked).toBe(false);
  expect((await box("notify-when-done")).checked).toBe(true);
  for (const [testid, saved] of [
    ["copy-links-after-upload", { copy_links_after_upload: true }],
    ["notify-when-done", { notify_when_done: false }],
  ] as const) {
    await fireEvent.click(await box(testid));
    const changed = expect.objectContaining(saved) as unknown;
    await vi.waitFor(() => expect(ipc.commands.saveSettings).toHaveBeenLastCalledWith(changed));
  }
});

it("removes with Delete and offers to undo it", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  await fireEvent.keyDown(window, { key: "Delete" });
  expect(app.library.listing.images.count).toBe(1);
  expect(app.library.listing.images.idAt(0)).toBe(i2);
  await fireEvent.click(await screen.findByTestId("toast-undo"));
  await vi.waitFor(() => expect(app.library.listing.images.count).toBe(2));
});

it("leaves keys alone while somebody is typing", async () => {
  const app = await opened();
  app.selection.choose(0, "only");
  await fireEvent.click(screen.getByTestId("gallery-add"));
  await fireEvent.keyDown(screen.getByTestId("gallery-name"), { key: "Delete" });
  expect(ipc.commands.removeImages).not.toHaveBeenCalled();
  expect(app.library.listing.images.count).toBe(2);
});

it("hides the keys of a bucket as they are typed", async () => {
  await opened();
  await fireEvent.click(screen.getByTestId("nav-settings"));
  for (const id of ["bucket-access-key", "bucket-secret-key"]) {
    const input = await screen.findByTestId(id);
    expect(input.getAttribute("type")).toBe("password");
    expect(input.getAttribute("autocomplete")).toBe("off");
  }
});

it("explains why the library does not open, and offers a way out", async () => {
  ipc.commands.bootstrap.mockRejectedValue({ code: "CatalogTooNew", message: "" });
  const app = new App();
  render(Root, { app, later });
  await app.start();
  expect((await screen.findByRole("alert")).textContent).toContain("newer Vitrine");
});

it("explains why a library is look-only until it can be changed again", async () => {
  const why = { code: "DiskFull", message: "The disk is full." } as const;
  await opened([], aBootstrap({ look_only: why }));
  const bar = await screen.findByTestId("look-only-bar");
  expect(bar.textContent).toContain("The disk is full.");
  ipc.commands.reopenLibrary.mockResolvedValue(null);
  ipc.commands.bootstrap.mockResolvedValue(aBootstrap());
  await fireEvent.click(within(bar).getByRole("button", { name: "Try again" }));
  await vi.waitFor(() => expect(screen.queryByTestId("look-only-bar")).toBeNull());
  expect(ipc.commands.reopenLibrary).toHaveBeenCalledOnce();
});

it("shows what was lost from the catalog and restored", async () => {
  const healed = { changes: 5, images: 1, refused: 0, damaged: 0, is_whole: true };
  await opened([], aBootstrap({ healed }));
  expect(await screen.findByText(/had lost its last changes/)).toBeTruthy();
});

it("names pictures with damaged entries, and offers the repair", async () => {
  const app = await opened();
  ipc.commands.listImages.mockResolvedValue({
    page: [],
    is_done: true,
    continue_cursor: null,
    damaged: ["a.png", "b.png", "c.png", "d.png"],
  });
  app.library.open({ view: "feed" });
  const bar = await screen.findByTestId("damaged-bar");
  expect(bar.textContent).toContain("a.png, b.png, c.png and 1 more picture");
  await fireEvent.click(within(bar).getByRole("button", { name: "Open settings" }));
  expect(app.page).toBe("settings");
});

it("opens the library on another try", async () => {
  ipc.commands.bootstrap.mockRejectedValueOnce({ code: "LibraryUnusable", message: "Held." });
  ipc.commands.reopenLibrary.mockResolvedValue(null);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  ipc.commands.bootstrap.mockResolvedValue(aBootstrap());
  await fireEvent.click(await screen.findByRole("button", { name: "Try again" }));
  await vi.waitFor(() => expect(app.library.failure).toBeNull());
  expect(ipc.commands.reopenLibrary).toHaveBeenCalledOnce();
});

it("offers a damaged library its backup, and opens it again", async () => {
  ipc.commands.bootstrap.mockRejectedValueOnce({ code: "CatalogDamaged", message: "" });
  const backup_of = Date.UTC(2024, 10, 24, 12);
  ipc.commands.recoveryOffer.mockResolvedValue({ backup_of });
  const recovery = {
    outcome: "restored",
    backup_of,
    set_aside: null,
    found_again: 2,
    from_journal: 0,
    left_alone: 0,
  } satisfies Recovery;
  ipc.commands.recoverLibrary.mockResolvedValue(recovery);
  const app = new App();
  render(Root, { app, later });
  await app.start();
  expect(await screen.findByTestId("recover-nothing")).toBeTruthy();
  const restore = await screen.findByTestId("recover-backup");
  expect(restore.textContent).toContain("24 Nov 2024");
  await fireEvent.click(restore);
  expect(ipc.commands.recoverLibrary).toHaveBeenCalledWith("backup");
  expect((await screen.findByTestId("toast")).textContent).toContain("2 pictures");
  await vi.waitFor(() => expect(screen.queryByTestId("recovery")).toBeNull());
});

it("stops showing a catalog that is found damaged while it is open", async () => {
  await opened();
  ipc.commands.recoveryOffer.mockResolvedValue({ backup_of: null });
  ipc.send("catalogDamaged", null);
  const recovery = await screen.findByTestId("recovery");
  await vi.waitFor(() => expect(recovery.textContent).toContain("no backup yet"));
  expect(screen.queryByTestId("recover-backup")).toBeNull();
});

it.each(["history", "feed", "references", "trash"] as const)("names the view %s", async (view) => {
  const app = await opened();
  app.library.open(view === "references" ? { view, gallery: null } : { view });
  expect(await screen.findByTestId(`${view}-view`)).toBeTruthy();
});

it("copies the links of all selected images with one command", async () => {
  const app = await opened();
  ipc.commands.getLinks.mockResolvedValue([{ id: i2, url: `https://img.example.art/${i2}.png` }]);
  await app.copyLinks([i1, i2]);
  expect(ipc.commands.getLinks).toHaveBeenCalledExactlyOnceWith([i1, i2]);
  expect(ipc.commands.getImage).not.toHaveBeenCalled();
});

it("shows errors from Tauri", async () => {
  const app = await opened();
  ipc.commands.getLinks.mockRejectedValue("command get_links not found");
  await app.copyLinks([i1]);
  expect((await screen.findByTestId("toast")).textContent).toContain("get_links not found");
});

it("copies the link of a reference that is clicked while picking", async () => {
  const reference = aTile(i1, { kind: "reference", visibility: null });
  const app = await opened([reference]);
  app.library.open({ view: "references", gallery: null });
  await vi.waitFor(() => expect(app.library.listing.complete).toBe(true));
  await fireEvent.click(screen.getByTestId("pick"));
  expect(await screen.findByTestId("pick-bar")).toBeTruthy();
  app.selection.choose(0, "only");
  await fireEvent.keyDown(window, { key: "Enter" });
  expect(ipc.commands.getLinks).toHaveBeenCalledWith([i1]);
  expect(app.mode.viewing).toBe(false);
  await fireEvent.keyDown(window, { key: "Escape" });
  expect(screen.queryByTestId("pick-bar")).toBeNull();
});

it("shows the covers of galleries above all references", async () => {
  const galleries = [
    { id: "g1", name: "Hands", images: 3, cover: i1 },
    { id: "g2", name: "Empty", images: 0, cover: null },
  ];
  const app = await opened([], aBootstrap({ galleries }));
  ipc.commands.listGalleries.mockResolvedValue(galleries);
  app.library.open({ view: "references", gallery: null });
  const shelf = await screen.findByTestId("shelf");
  const covers = within(shelf).getAllByTestId("shelf-cover");
  expect(covers.map((cover) => cover.getAttribute("src"))).toEqual([
    `vitrine://localhost/small/${i1}`,
  ]);
  await fireEvent.click(within(shelf).getByText("Empty"));
  expect(app.library.view).toEqual({ view: "references", gallery: "g2" });
  expect(screen.queryByTestId("shelf")).toBeNull();
});
