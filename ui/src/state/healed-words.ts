// Owns the message about a catalog that was repaired from its journal.
import type { Replayed } from "../ipc/bindings";
import { counted } from "../shared/text";

export function broughtBack(healed: Replayed): string {
  if (healed.changes === 0 && !healed.is_whole) {
    return "The journal of the catalog is missing or belongs to another library. Your latest changes may be lost, so every picture is now unlisted.";
  }
  const pictures = healed.images > 0 ? ` ${counted(healed.images, "picture")} came back.` : "";
  const missing =
    healed.refused + healed.damaged > 0
      ? " Some changes could not be read. Verify in Settings finds what is still missing."
      : "";
  const unlisted = healed.is_whole
    ? ""
    : " Pictures whose latest visibility may be lost are unlisted.";
  const changes = counted(healed.changes, "change was", "changes were");
  return `The catalog had lost its last changes; ${changes} restored from the journal.${pictures}${missing}${unlisted}`;
}
