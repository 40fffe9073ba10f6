// Owns the steps that can be undone, and those that can be redone. Knows nothing
// of what they do.

export type UndoStep = {
  /** what was done, as a sentence's beginning: "Made 3 images public" */
  what: string;
  undo: () => Promise<void>;
  redo: () => Promise<void>;
};

const AT_MOST = 100;

export class Undo {
  #done: UndoStep[] = [];
  #undone: UndoStep[] = [];
  /** One after the other, because each step relies on the one before. */
  #turn: Promise<unknown> = Promise.resolve();

  did(step: UndoStep): void {
    this.#done = [...this.#done, step].slice(-AT_MOST);
    this.#undone = [];
  }

  /** Undoes the last step, or the given one. Returns what it was, or null. */
  undo(named?: UndoStep): Promise<string | null> {
    return this.#next(async () => {
      const step = named ?? this.#done.at(-1);
      if (!step || !this.#done.includes(step)) return null;
      this.#done = this.#done.filter((each) => each !== step);
      await step.undo();
      this.#undone.push(step);
      return step.what;
    });
  }

  /** Redoes the step that was undone last. Returns what it was, or null. */
  redo(): Promise<string | null> {
    return this.#next(async () => {
      const step = this.#undone.pop();
      if (!step) return null;
      await step.redo();
      this.#done.push(step);
      return step.what;
    });
  }

  clear(): void {
    this.#done = [];
    this.#undone = [];
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
