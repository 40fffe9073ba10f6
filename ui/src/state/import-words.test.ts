import { expect, it } from "vitest";
import type { ImportSummary } from "../ipc/bindings";
import { dropWords, importWords } from "./import-words";

const galleries = [{ id: "g1", name: "Hands", images: 3, cover: null }];
const summary = (part: Partial<ImportSummary>): ImportSummary => ({
  imported: 0,
  duplicates: 0,
  in_trash: 0,
  trashed: [],
  switched: 0,
  rejected: 0,
  files: [],
  cancelled: false,
  ...part,
});

it("says what a drop will do before it happens", () => {
  expect(dropWords(3, { kind: "generated", gallery: null }, galleries)).toBe(
    "Add 3 files to History",
  );
  expect(dropWords(1, { kind: "reference", gallery: null }, galleries)).toBe(
    "Add 1 file to References",
  );
  expect(dropWords(3, { kind: "reference", gallery: "g1" }, galleries)).toBe(
    "Add 3 files to References > Hands",
  );
});

it("does not invent a number of files it was not told", () => {
  expect(dropWords(0, { kind: "generated", gallery: null }, galleries)).toBe(
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
  expect(importWords(summary({ imported: 2, cancelled: true }), "History")).toBe(
    "Added 2 images to History. The rest was cancelled.",
  );
});

it("counts each image in the trash once, however often its file was met", () => {
  expect(importWords(summary({ imported: 1, in_trash: 3, trashed: ["a", "b"] }), "History")).toBe(
    "Added 1 image to History. 2 are in the trash.",
  );
  expect(importWords(summary({ in_trash: 1, trashed: ["a"] }), "History")).toBe(
    "1 is in the trash.",
  );
});

it("says nothing when nothing happened", () => {
  expect(importWords(summary({}), "History")).toBe("");
});
