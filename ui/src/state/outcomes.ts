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

/** Says that images are left alone by a step that is undone or redone. */
export function stays(count: number): string {
  const they = count === 1 ? "stays as it is" : "stay as they are";
  return `${counted(count, "image")} changed meanwhile and ${they}.`;
}

/** Returns whether an action did anything: it has not if all of its images failed. */
export function isDone({ done, failed }: Outcomes): boolean {
  return done.length > 0 || failed.length === 0;
}

/** Returns the message about the images that failed; null if none did. */
export function complaintOf(
  { failed }: Pick<Outcomes, "failed">,
  what: string,
): { error: unknown; text: string } | null {
  if (failed.length === 0) return null;
  return { error: failed[0]?.error, text: `${counted(failed.length, "image")} ${what}.` };
}
