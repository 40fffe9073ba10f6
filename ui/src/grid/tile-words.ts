// Owns how a tile is announced and what its badge says.
import type { Tile, UploadState } from "../ipc/bindings";
import type { IconName } from "../shared/Icon.svelte";

const notes = {
  local: null,
  stored: null,
  waiting: { icon: "clock", text: "Waiting to be uploaded" },
  uploading: { icon: "upload", text: "Uploading" },
  parked: { icon: "warning", text: "Not uploaded. See Transfers for the reason" },
} satisfies Record<UploadState, { icon: IconName; text: string } | null>;

export function uploadNote(upload: UploadState): { icon: IconName; text: string } | null {
  return notes[upload];
}

/** Returns what a screen reader says for a tile. */
export function tileLabel(tile: Tile): string {
  const parts = [tile.prompt.trim() || tile.filename];
  if (tile.visibility) parts.push(tile.visibility);
  if (tile.sensitive) parts.push("sensitive");
  const note = uploadNote(tile.upload);
  if (note) parts.push(note.text.toLowerCase());
  return parts.join(", ");
}
