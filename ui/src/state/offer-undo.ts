// Owns the messages that offer to undo a step.
import type { Toasts } from "../shared/toasts.svelte";
import type { Undo, UndoStep } from "./undo.svelte";

/** Adds a step that was done, and shows a message that offers to undo it. */
export function didWithOffer(undo: Undo, toasts: Toasts, step: UndoStep, text = step.what): void {
  undo.did(step);
  toasts.show(text, {
    undo: true,
    action: { label: "Undo", run: () => void undo.undo(step) },
  });
}
