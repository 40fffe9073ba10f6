// Owns the message about the dates that were found in older pictures.
import type { DateProgress } from "../ipc/bindings";
import { counted, number } from "../shared/text";

export function datesFound({ searched, dated }: DateProgress): string {
  const undated = searched - dated;
  const found = `History is now ordered by when pictures were made: ${counted(dated, "date")} found.`;
  if (undated === 0) return found;
  const others =
    undated === 1
      ? "1 picture without a date is ordered by when it was imported."
      : `${number(undated)} pictures without a date are ordered by when they were imported.`;
  return `${found} ${others}`;
}
