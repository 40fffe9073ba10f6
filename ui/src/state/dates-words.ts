// Owns what is said once older pictures were searched for when they were made.
import type { DateProgress } from "../ipc/bindings";
import { counted, number } from "../shared/text";

export function datesFound({ searched, dated }: DateProgress): string {
  const undated = searched - dated;
  const found = `History is ordered by when pictures were made now: ${counted(dated, "date")} found.`;
  if (undated === 0) return found;
  const those = undated === 1 ? "1 picture has" : `${number(undated)} pictures have`;
  return `${found} ${those} no date and stay where they were imported.`;
}
