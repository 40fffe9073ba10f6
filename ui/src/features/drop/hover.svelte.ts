// Owns files that hang over the window, from the host's drag events.
import { events } from "$ipc";
import type { ImportTarget } from "../../ipc/bindings";
import { targetAt } from "./target";

export type Doors = {
  /** where files go that hang over no place in particular */
  usual: () => ImportTarget;
  drop: (token: number, target: ImportTarget) => void;
  /** whether images of this library that are dragged can go into galleries */
  mayJoin: () => boolean;
  join: (gallery: string) => void;
};

export class DropHover {
  /** null while nothing hangs over the window */
  target = $state.raw<ImportTarget | null>(null);
  files = $state(0);

  readonly #doors: Doors;

  constructor(doors: Doors) {
    this.#doors = doors;
  }

  /** Images of this library can only join a gallery; they are in the rest already. */
  #targetOf(isOurs: boolean, x: number, y: number): ImportTarget | null {
    if (!isOurs) return targetAt(x, y, this.#doors.usual());
    const target = targetAt(x, y, { kind: "generated", gallery: null });
    return this.#doors.mayJoin() && target.kind === "reference" && target.gallery ? target : null;
  }

  /** Listens until the returned function is called. */
  listen(failed: (error: unknown) => void): () => void {
    const heard = [
      events.dragOver.listen(({ payload: { phase, files, is_ours, x, y } }) => {
        if (phase === "leave") {
          this.target = null;
          return;
        }
        if (files > 0 || phase === "enter") this.files = files;
        const target = this.#targetOf(is_ours, x, y);
        if (!target) {
          this.target = null;
          return;
        }
        const same = this.target?.kind === target.kind && this.target.gallery === target.gallery;
        if (!same) this.target = target;
      }),
      events.dropped.listen(({ payload: { token, is_ours, x, y } }) => {
        this.target = null;
        const target = this.#targetOf(is_ours, x, y);
        if (!is_ours && target) this.#doors.drop(token, target);
        else if (target?.kind === "reference" && target.gallery) this.#doors.join(target.gallery);
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
