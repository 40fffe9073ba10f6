// Owns the steps that can be undone, and those that can be redone. Knows nothing
// of what they do.

export type UndoStep = {
  /** what was done, as a sentence's beginning: "Made 3 images public" */
  what: string;
  /** the images that it changed */
  images?: readonly string[];
  /** Each returns whether it did anything. If not, it has shown why, and can be tried once more. */
  undo: () => Promise<boolean>;
  redo: () => Promise<boolean>;
};

/** What was undone or redone: nothing is left to (null), or the step failed (false). */
export type Reached = UndoStep | false | null;

const AT_MOST = 100;

export class Undo {
  #done: UndoStep[] = [];
  #undone: UndoStep[] = [];
  /** The step that failed last. If it fails again, it is given up, so that those before it can be reached. */
  #failed: UndoStep | null = null;
  /** One after the other, because each step relies on the one before. */
  #turn: Promise<unknown> = Promise.resolve();

  did(step: UndoStep): void {
    this.#done = [...this.#done, step].slice(-AT_MOST);
    this.#undone = [];
  }

  /** Undoes the last step, or the given one. A step that fails stays for one more try. */
  undo(named?: UndoStep): Promise<Reached> {
    return this.#next(async () => {
      const step = named ?? this.#done.at(-1);
      if (!step || !this.#done.includes(step)) return null;
      if (!(await step.undo())) {
        if (this.#failsAgain(step)) this.#done = this.#done.filter((other) => other !== step);
        return false;
      }
      this.#failed = null;
      this.#done = this.#done.filter((other) => other !== step);
      this.#undone.push(step);
      return step;
    });
  }

  /** Redoes the step that was undone last. A step that fails stays for one more try. */
  redo(): Promise<Reached> {
    return this.#next(async () => {
      const step = this.#undone.at(-1);
      if (!step) return null;
      if (!(await step.redo())) {
        if (this.#failsAgain(step)) this.#undone = this.#undone.filter((other) => other !== step);
        return false;
      }
      this.#failed = null;
      this.#undone = this.#undone.filter((other) => other !== step);
      this.#done.push(step);
      return step;
    });
  }

  /** Drops a step that turned out to have done nothing. */
  forget(step: UndoStep): void {
    this.#done = this.#done.filter((other) => other !== step);
  }

  clear(): void {
    this.#done = [];
    this.#undone = [];
  }

  #failsAgain(step: UndoStep): boolean {
    const isAgain = this.#failed === step;
    this.#failed = isAgain ? null : step;
    return isAgain;
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
