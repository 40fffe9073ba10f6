// Owns what came of an action on many images, each with its own outcome.
import { counted } from "../shared/text";

export type Report = { done: string[]; failed: { id: string; error: unknown }[] };

/** Runs a call on many images; a call that fails as a whole fails for each. */
export async function reported(
  ids: readonly string[],
  call: () => Promise<Report>,
): Promise<Report> {
  try {
    return await call();
  } catch (error) {
    return { done: [], failed: ids.map((id) => ({ id, error })) };
  }
}

/** Returns what to say of those that failed; null when none did. */
export function complaintOf(
  { failed }: Pick<Report, "failed">,
  what: string,
): { error: unknown; text: string } | null {
  if (failed.length === 0) return null;
  return { error: failed[0]?.error, text: `${counted(failed.length, "image")} ${what}.` };
}
