// Owns the outcome of an action on many images, each of which may fail by itself.
import { counted } from "../shared/text";

/** Shows that something failed, and what that means. */
export type Complain = (error: unknown, what?: string, again?: () => void) => void;

export type Outcomes = { done: string[]; failed: { id: string; error: unknown }[] };

/** Runs a command on many images; one that fails as a whole fails for each. */
export async function outcomesOf(
  ids: readonly string[],
  command: () => Promise<Outcomes>,
): Promise<Outcomes> {
  try {
    return await command();
  } catch (error) {
    return { done: [], failed: ids.map((id) => ({ id, error })) };
  }
}

/** Runs a command, and complains if it fails. Returns whether it succeeded. */
export async function tried(
  command: () => Promise<unknown>,
  complain: Complain,
  complaint: string,
): Promise<boolean> {
  try {
    await command();
    return true;
  } catch (error) {
    complain(error, complaint);
    return false;
  }
}

/** Returns whether an action did anything: it has not if all of its images failed. */
export function isDone({ done, failed }: Outcomes): boolean {
  return done.length > 0 || failed.length === 0;
}

/**
 * Returns how to undo and redo a change that returned what it replaced: each gives back what the other one
 * replaced.
 */
export function exchange<T>(
  replaced: T[],
  put: (values: T[]) => Promise<{ before: T[]; isDone: boolean }>,
): { undo: () => Promise<boolean>; redo: () => Promise<boolean> } {
  let next = replaced;
  const turn = async () => {
    const { before, isDone } = await put(next);
    if (before.length > 0) next = before;
    return isDone;
  };
  return { undo: turn, redo: turn };
}

/** Returns the message about the images that failed; null if none did. */
export function complaintOf(
  { failed }: Pick<Outcomes, "failed">,
  what: string,
): { error: unknown; text: string } | null {
  if (failed.length === 0) return null;
  return { error: failed[0]?.error, text: `${counted(failed.length, "image")} ${what}.` };
}
