// Owns which events of the host need not be read, because they tell of a change that
// this window made and reads anyway. It relies on the host: an event is sent once, after
// its change is committed, and before the events of later changes; and the event of a
// command names exactly the images that the command answers with. An event of another
// process that looks the same may be mistaken for an own one. Then the own event, which
// is still to come, is read instead, and nothing is missed.
import type { CatalogChanged } from "../ipc/bindings";

/** How a command changes images, as its event says. */
export type ChangeKind = "added" | "changed" | "removed";

/** How long after its answer the event of a command may come, in ms; a later one is read. */
const LONGEST_WAIT = 5000;

type Command = {
  kind: ChangeKind;
  /** the images it is about; once it is answered, those that it changed */
  ids: ReadonlySet<string>;
  /** events from before its answer that are about some of these images */
  early: CatalogChanged[];
  /** until when its event is expected; null until it is answered */
  deadline: number | null;
};

export class OwnChanges {
  #commands: Command[] = [];

  /**
   * Notes that a command begins. The returned function is called with the images that the
   * command changed, right before these are read. It returns events to apply beside that.
   */
  begin(
    kind: ChangeKind,
    ids: readonly string[],
  ): (done: readonly string[], now?: number) => CatalogChanged[] {
    const command: Command = { kind, ids: new Set(ids), early: [], deadline: null };
    this.#commands.push(command);
    return (done, now = performance.now()) => {
      if (!this.#commands.includes(command)) return [];
      const { early } = command;
      command.ids = new Set(done);
      command.deadline = now + LONGEST_WAIT;
      command.early = [];
      const hasCome = early.some((change) => isExactly(change[kind], command.ids));
      if (hasCome || done.length === 0) this.#forget(command);
      const others = early.filter((change) => !isWithin(change[kind], command.ids));
      return others.map((change) => readAgain(change[kind], kind));
    };
  }

  /** Returns whether an event need not be applied. */
  covers(change: CatalogChanged, now = performance.now()): boolean {
    if (change.reload) {
      // It may replace any events, including those that are expected.
      this.clear();
      return false;
    }
    const kind = onlyKind(change);
    if (kind === null) return false;
    this.#commands = this.#commands.filter(({ deadline }) => deadline === null || deadline > now);
    const alike = this.#commands.filter((command) => command.kind === kind);
    const answered = alike.find(
      ({ deadline, ids }) => deadline !== null && isExactly(change[kind], ids),
    );
    if (answered) {
      this.#forget(answered);
      return true;
    }
    const pending = alike.filter(
      ({ deadline, ids }) => deadline === null && isWithin(change[kind], ids),
    );
    for (const command of pending) command.early.push(change);
    return pending.length > 0;
  }

  /** Forgets all commands, so that every event is read. */
  clear(): void {
    this.#commands = [];
  }

  #forget(command: Command): void {
    this.#commands = this.#commands.filter((other) => other !== command);
  }
}

/** Returns how an event says that images changed; null if in several ways. */
function onlyKind(change: CatalogChanged): ChangeKind | null {
  const kinds = (["added", "changed", "removed"] as const).filter(
    (kind) => change[kind].length > 0,
  );
  return kinds.length === 1 ? (kinds[0] ?? null) : null;
}

const isWithin = (ids: readonly string[], others: ReadonlySet<string>): boolean =>
  ids.every((id) => others.has(id));

const isExactly = (ids: readonly string[], others: ReadonlySet<string>): boolean =>
  ids.length === others.size && isWithin(ids, others);

/** Returns a change that reads images again, because earlier events may be out of date. */
export function readAgain(ids: readonly string[], kind: ChangeKind): CatalogChanged {
  const removed = kind === "changed" ? [] : [...ids];
  return { added: [], changed: [...ids], removed, reload: false };
}
