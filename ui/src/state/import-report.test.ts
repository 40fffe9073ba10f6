import { expect, it } from "vitest";
import type { ImportedItem, ImportSummary, KindCount } from "../ipc/bindings";
import { kindRows, nothingRefused, ownReasons, withImport, unnamedFiles } from "./import-report";

const refused = (name: string, kind: string | null): ImportedItem => ({
  name,
  outcome: "rejected",
  id: null,
  reason: "For a reason.",
  code: kind === null ? "Unreadable" : "UnsupportedFormat",
  kind,
});

const summary = (
  rejected: number,
  files: ImportedItem[],
  kinds: KindCount[],
  counted = 0,
): ImportSummary => ({
  imported: 0,
  duplicates: 0,
  in_trash: 0,
  trashed: [],
  switched: 0,
  rejected,
  files,
  passed_over: { kinds, counted, hidden: 0, links: 0, libraries: 0, others: 0 },
  cancelled: false,
  done: rejected,
  total: rejected,
});

it("lists the files of an unsupported format in one row", () => {
  const names = ["a.avif", "b.avif", "c.avif", "d.avif"];
  const files = [...names.map((name) => refused(name, "AVIF")), refused("x.heic", "HEIC")];
  const kinds = [
    { kind: "AVIF", count: 4 },
    { kind: "HEIC", count: 1 },
  ];
  const known = withImport(nothingRefused, summary(5, files, kinds));
  expect(kindRows(known)).toEqual([
    { label: "4 AVIF", names: "a.avif, b.avif, c.avif and 1 more" },
    { label: "1 HEIC", names: "x.heic" },
  ]);
  expect(ownReasons(known)).toEqual([]);
});

it("counts other files without naming them", () => {
  const known = withImport(nothingRefused, summary(0, [], [{ kind: "video", count: 2 }], 2));
  expect(kindRows(known)).toEqual([{ label: "2 videos", names: "" }]);
  expect([known.refused, known.counted]).toEqual([0, 2]);
});

it("counts refused files that it cannot name", () => {
  const known = withImport(nothingRefused, summary(12_000, [refused("a.png", null)], []));
  expect(unnamedFiles(known)).toBe(11_999);
  expect(ownReasons(known).map((file) => file.name)).toEqual(["a.png"]);
});

it("adds imports up until the artist closes the report", () => {
  const first = withImport(
    nothingRefused,
    summary(1, [refused("a.avif", "AVIF")], [{ kind: "AVIF", count: 1 }]),
  );
  const files = [refused("b.avif", "AVIF"), refused("c.png", null)];
  const both = withImport(first, summary(2, files, [{ kind: "AVIF", count: 1 }]));
  expect(both.refused).toBe(3);
  expect(kindRows(both)).toEqual([{ label: "2 AVIF", names: "a.avif, b.avif" }]);
  expect(ownReasons(both).map((file) => file.name)).toEqual(["c.png"]);
});
