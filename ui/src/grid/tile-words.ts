// Owns how a tile is announced and what its badge says.
import type { Tile, UploadState } from "../ipc/bindings";
import type { IconName } from "../shared/Icon.svelte";
import { counted } from "../shared/text";

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

/** Returns what a stack is called. */
export const stackLabel = (size: number): string => `Stack of ${counted(size, "image")}`;

/** Returns what a screen reader says for a tile; `stack` is how many images its stack has, or 0. */
export function tileLabel(tile: Tile, stack = 0): string {
  const parts = [tile.prompt.trim() || tile.filename];
  if (stack > 0) parts.push(stackLabel(stack).toLowerCase());
  if (tile.visibility) parts.push(tile.visibility);
  if (tile.sensitive) parts.push("sensitive");
  const note = uploadNote(tile.upload);
  if (note) parts.push(note.text.toLowerCase());
  return parts.join(", ");
}
