// Owns files that hang over the window, from the host's drag events.
import { events } from "$ipc";
import type { ImportTarget } from "../../ipc/bindings";
import { targetAt } from "./target";

export class DropHover {
  /** null while nothing hangs over the window */
  target = $state.raw<ImportTarget | null>(null);
  files = $state(0);

  readonly #usual: () => ImportTarget;
  readonly #drop: (token: number, target: ImportTarget) => void;

  constructor(usual: () => ImportTarget, drop: (token: number, target: ImportTarget) => void) {
    this.#usual = usual;
    this.#drop = drop;
  }

  /** Listens until the returned function is called. */
  listen(failed: (error: unknown) => void): () => void {
    const heard = [
      events.dragOver.listen(({ payload: { phase, files, x, y } }) => {
        if (phase === "leave") {
          this.target = null;
          return;
        }
        if (files > 0 || phase === "enter") this.files = files;
        const target = targetAt(x, y, this.#usual());
        const same = this.target?.kind === target.kind && this.target.gallery === target.gallery;
        if (!same) this.target = target;
      }),
      events.dropped.listen(({ payload: { token, x, y } }) => {
        this.target = null;
        this.#drop(token, targetAt(x, y, this.#usual()));
      }),
    ];
    for (const each of heard) each.catch(failed);
    return () => {
      for (const each of heard)
        void each.then(
          (stop) => stop(),
          () => undefined,
        );
    };
  }
}
