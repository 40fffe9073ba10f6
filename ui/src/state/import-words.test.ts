import { expect, it } from "vitest";
import type { ImportSummary } from "../ipc/bindings";
import { dropWords, importWords, importProgressWords } from "./import-words";
import { plainTarget, targetOfSet } from "./views";

const galleries = [{ id: "g1", name: "Hands", images: 3, cover: null }];
const summary = (part: Partial<ImportSummary>): ImportSummary => ({
  imported: 0,
  duplicates: 0,
  in_trash: 0,
  trashed: [],
  switched: 0,
  rejected: 0,
  files: [],
  passed_over: { kinds: [], counted: 0, hidden: 0, links: 0, libraries: 0, others: 0 },
  cancelled: false,
  done: 0,
  total: 0,
  ...part,
});

it("describes what a drop will do", () => {
  expect(dropWords(3, plainTarget.generated, { galleries, collections: [] })).toBe(
    "Add 3 files to History",
  );
  expect(dropWords(1, plainTarget.reference, { galleries, collections: [] })).toBe(
    "Add 1 file to References",
  );
  expect(
    dropWords(3, targetOfSet({ kind: "gallery", id: "g1" }), { galleries, collections: [] }),
  ).toBe("Add 3 files to References > Hands");
});

it("names no number of files if it is unknown", () => {
  expect(dropWords(0, plainTarget.generated, { galleries, collections: [] })).toBe(
    "Add files to History",
  );
});

it("sums an import up in short sentences", () => {
  expect(importWords(summary({ imported: 12 }), "History")).toBe("Added 12 images to History.");
  expect(importWords(summary({ imported: 1, duplicates: 2, rejected: 1 }), "History")).toBe(
    "Added 1 image to History. 2 were already in the library. 1 file could not be added.",
  );
  expect(importWords(summary({ duplicates: 1 }), "History")).toBe(
    "This image is already in the library.",
  );
});

it("shows the progress of a cancelled import", () => {
  const cancelled = summary({ imported: 2, cancelled: true, done: 2, total: 1300 });
  expect(importWords(cancelled, "History")).toBe(
    "Cancelled after 2 of 1,300. Added 2 images to History.",
  );
  expect(importWords({ ...cancelled, total: null }, "History")).toBe(
    "Cancelled after 2, before all files were counted. Added 2 images to History.",
  );
});

it("lists files that were left out, except sidecars", () => {
  const passed_over = { kinds: [], counted: 0, hidden: 1, links: 2, libraries: 1, others: 12 };
  expect(importWords(summary({ imported: 1, passed_over }), "History")).toBe(
    "Added 1 image to History. Left out: 1 hidden file or folder, 2 links to folders, this library.",
  );
});

it("shows the progress of an import, and the time left if known", () => {
  const now = { done: 12, total: 1300, counting: false, seconds_left: null, running: true };
  expect(importProgressWords(now)).toBe("Adding 13 of 1,300");
  expect(importProgressWords({ ...now, counting: true, seconds_left: 9 })).toBe(
    "Adding 13 of 1,300 found so far",
  );
  expect(importProgressWords({ ...now, seconds_left: 59 })).toBe("Adding 13 of 1,300, 59 s left");
  expect(importProgressWords({ ...now, seconds_left: 61 })).toBe("Adding 13 of 1,300, 2 min left");
  expect(importProgressWords({ ...now, seconds_left: 7200 })).toBe("Adding 13 of 1,300, 2 h left");
});

it("counts each image in the trash once, even with several files", () => {
  expect(importWords(summary({ imported: 1, in_trash: 3, trashed: ["a", "b"] }), "History")).toBe(
    "Added 1 image to History. 2 are in the trash.",
  );
  expect(importWords(summary({ in_trash: 1, trashed: ["a"] }), "History")).toBe(
    "1 is in the trash.",
  );
});

it("is empty when nothing happened", () => {
  expect(importWords(summary({}), "History")).toBe("");
});
