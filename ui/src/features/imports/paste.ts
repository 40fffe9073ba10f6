// Owns pasting pictures into the window.
import { isTypedInto } from "../../shared/focused";
import type { Imports } from "../../state/imports.svelte";

export function handlePaste(event: ClipboardEvent, imports: Imports): void {
  if (isTypedInto(event.target)) return;
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  void imports.fromPaste(files);
}
