// Owns the message about a catalog that was repaired from its journal.
import type { Replayed } from "../ipc/bindings";
import { counted } from "../shared/text";

export function broughtBack(healed: Replayed): string {
  if (healed.changes === 0 && !healed.is_whole) {
    return "The journal of the catalog is gone or another library's. What was chosen last may be lost, so every picture is unlisted now.";
  }
  const pictures = healed.images > 0 ? ` ${counted(healed.images, "picture")} came back.` : "";
  const missing =
    healed.refused + healed.damaged > 0
      ? " Not all of it could be read: Verify in Settings finds what is still missing."
      : "";
  const unlisted = healed.is_whole
    ? ""
    : " Pictures whose last choice of visibility may be lost are unlisted.";
  const changes = counted(healed.changes, "change");
  return `The catalog had lost its last changes; ${changes} were made again from the journal.${pictures}${missing}${unlisted}`;
}
