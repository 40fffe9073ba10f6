// Owns what the window remembers from one start to the next: small values by name.
// The host keeps them in a file. The storage of the web view would lose what was
// chosen just before the window closes.
import { commands } from "$ipc";

/** Values as JSON, by name. */
const values = new Map<string, string>();

/** Reads what the last window remembered. Without an answer, nothing is remembered. */
export async function loadMemory(): Promise<void> {
  const remembered = await commands.windowMemory().catch(() => ({}));
  values.clear();
  for (const [name, value] of Object.entries(remembered)) values.set(name, value);
}

/** Returns the value of a name; null if there is none, or `is` refuses it. */
export function remembered<T>(name: string, is: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(values.get(name) ?? "null");
    return is(value) ? value : null;
  } catch {
    return null;
  }
}

/** Saves a value for the next start. */
export function remember(name: string, value: unknown): void {
  const written = JSON.stringify(value);
  if (values.get(name) === written) return;
  values.set(name, written);
  unsent.add(name);
  if (!isSending) void send();
}

/** Names whose values the host does not have yet. */
const unsent = new Set<string>();
let isSending = false;

/** Sends one value at a time, so that the host has the newest last. */
async function send(): Promise<void> {
  isSending = true;
  for (const name of unsent) {
    unsent.delete(name);
    await commands.remember(name, values.get(name) ?? "null").catch(() => {
      // The host says why in its log. The window forgets; nothing else is lost.
    });
  }
  isSending = false;
}
