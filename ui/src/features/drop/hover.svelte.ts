// Owns drags over the window, from the host's drag events: what a drop would do,
// and entries that open when something is held over them.
import { events } from "$ipc";
import type { ImageKind, ImportTarget } from "../../ipc/bindings";
import {
  isSameDropTarget,
  dropTargetOf,
  type DropTarget,
  type DragSource,
} from "../../state/dragging";
import { spotAt, springAt } from "./spot";

/** How long something has to be held over an entry before it opens, in ms. */
const SPRING = 600;

export type DropHandlers = {
  /** the target of files that are over no entry and no image */
  defaultTarget: () => ImportTarget;
  /** the kind of the images of this library that are dragged */
  dragged: () => ImageKind | null;
  /** what a drop of these images in the grid would do, if nothing else; null for nothing */
  inGrid: (at: { x: number; y: number }) => DropTarget | null;
  /** something was dropped; `token` is null for images of this library */
  drop: (token: number | null, target: DropTarget) => void;
};

export class DropHover {
  /** null while a drop would do nothing */
  target = $state.raw<DropTarget | null>(null);
  /** the position in the window to which images of this library are dragged */
  at = $state.raw<{ x: number; y: number } | null>(null);
  files = $state(0);

  readonly #handlers: DropHandlers;
  #spring: { entry: HTMLElement; timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(handlers: DropHandlers) {
    this.#handlers = handlers;
  }

  #targetAt(isOurs: boolean, x: number, y: number): DropTarget | null {
    const source: DragSource = isOurs
      ? { from: "here", kind: this.#handlers.dragged() }
      : { from: "elsewhere" };
    const target = dropTargetOf(source, spotAt(x, y), this.#handlers.defaultTarget());
    return target ?? (isOurs ? this.#handlers.inGrid({ x, y }) : null);
  }

  /** Opens an entry once something was held over it long enough. */
  #hold(entry: HTMLElement | null): void {
    if (entry === (this.#spring?.entry ?? null)) return;
    clearTimeout(this.#spring?.timer);
    this.#spring = entry && { entry, timer: setTimeout(() => entry.click(), SPRING) };
  }

  #leave(): void {
    this.target = this.at = null;
    this.#hold(null);
  }

  /** Listens until the returned function is called. */
  listen(failed: (error: unknown) => void): () => void {
    const heard = [
      events.dragOver.listen(({ payload: { phase, files, is_ours, x, y } }) => {
        if (phase === "leave") {
          this.#leave();
          return;
        }
        if (files > 0 || phase === "enter") this.files = files;
        const target = this.#targetAt(is_ours, x, y);
        if (!isSameDropTarget(target, this.target)) this.target = target;
        // Files from elsewhere are dropped on the entry itself; ours may also be dropped in its view.
        const mayOpen = is_ours && (target === null || target.do === "join");
        this.#hold(mayOpen ? springAt(x, y) : null);
        this.at = is_ours ? { x, y } : null;
      }),
      events.dropped.listen(({ payload: { token, is_ours, x, y } }) => {
        this.#leave();
        const target = this.#targetAt(is_ours, x, y);
        if (target) this.#handlers.drop(is_ours ? null : token, target);
      }),
    ];
    for (const each of heard) each.catch(failed);
    return () => {
      this.#leave();
      for (const each of heard)
        void each.then(
          (stop) => stop(),
          () => undefined,
        );
    };
  }
}
