// Owns the report of files that were not added, over all imports since it was last closed.
import type { ImportedItem, ImportSummary, KindCount } from "../ipc/bindings";
import { number } from "../shared/text";

export type NotAdded = {
  /** files that were refused */
  refused: number;
  /** those that are listed by name: the first thousands */
  files: readonly ImportedItem[];
  /** files that are only counted, since they are no pictures, such as videos */
  counted: number;
  /** formats that are not supported, of both */
  kinds: readonly KindCount[];
};

/** Files of one format, shown as one row. */
export type KindRow = { label: string; names: string };

export const nothingRefused: NotAdded = { refused: 0, files: [], counted: 0, kinds: [] };

/** The most names that are shown of one format. */
const SHOWN = 3;

/** Adds the files that an import did not add. */
export function withImport(known: NotAdded, summary: ImportSummary): NotAdded {
  const counts = new Map(known.kinds.map(({ kind, count }) => [kind, count]));
  for (const { kind, count } of summary.passed_over.kinds) {
    counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  const kinds = [...counts].map(([kind, count]) => ({ kind, count }));
  return {
    refused: known.refused + summary.rejected,
    counted: known.counted + summary.passed_over.counted,
    files: [...known.files, ...summary.files.filter((file) => file.outcome === "rejected")],
    kinds: kinds.sort((one, other) => other.count - one.count),
  };
}

/** Returns how many refused files are not listed by name. */
export function unnamedFiles({ refused, files }: NotAdded): number {
  return refused - files.length;
}

/** Returns the formats that are not supported, the most frequent first. */
export function kindRows({ files, kinds }: NotAdded): KindRow[] {
  return kinds.map(({ kind, count }) => {
    const names = files.filter((file) => file.kind === kind).map((file) => file.name);
    const unnamed = count - Math.min(names.length, SHOWN);
    const shown = names.slice(0, SHOWN).join(", ");
    return {
      label: formatCountWords({ kind, count }),
      names: names.length > 0 && unnamed > 0 ? `${shown} and ${number(unnamed)} more` : shown,
    };
  });
}

/** Returns the refused files that are not in the row of a format. */
export function ownReasons({ files }: NotAdded): ImportedItem[] {
  return files.filter((file) => file.kind === null);
}

/** Returns "3 AVIF", "2 videos". */
export function formatCountWords({ kind, count }: KindCount): string {
  return `${number(count)} ${kind === "video" && count > 1 ? "videos" : kind}`;
}
