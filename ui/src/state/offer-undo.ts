// Owns the messages that offer to undo a step.
import type { Toasts } from "../shared/toasts.svelte";
import type { Undo, UndoStep } from "./undo.svelte";

/** Shows a message that offers to undo a step. Returns the message. */
export function offerUndo(undo: Undo, toasts: Toasts, step: UndoStep, text = step.what): number {
  return toasts.show(text, {
    undo: true,
    action: { label: "Undo", run: () => void undo.undo(step) },
  });
}

/** Adds a step that was done, and shows a message that offers to undo it. Returns the message. */
export function didWithOffer(undo: Undo, toasts: Toasts, step: UndoStep, text = step.what): number {
  undo.did(step);
  return offerUndo(undo, toasts, step, text);
}
