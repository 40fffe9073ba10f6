// Owns which commands match the typed text.

export type Command = { label: string; keys?: string; run: () => void };

/** Returns the commands that contain all words. Those that begin with the typed text come first. */
export function matchingCommands(commands: readonly Command[], typed: string): Command[] {
  const text = typed.trim().toLowerCase();
  const words = text.split(/\s+/);
  const has = commands.filter(({ label }) => {
    const name = label.toLowerCase();
    return words.every((word) => name.includes(word));
  });
  const begins = ({ label }: Command) => (label.toLowerCase().startsWith(text) ? 0 : 1);
  return has.sort((a, b) => begins(a) - begins(b));
}
