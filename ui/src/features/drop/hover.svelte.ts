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
  /** where files go that are over no entry and no image */
  defaultTarget: () => ImportTarget;
  /** of which kind the images of this library are that are dragged */
  dragged: () => ImageKind | null;
  /** something was dropped; `token` is null for images of this library */
  drop: (token: number | null, target: DropTarget) => void;
};

export class DropHover {
  /** null while nothing would happen */
  target = $state.raw<DropTarget | null>(null);
  /** where images of this library are dragged, in the window */
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
    return dropTargetOf(source, spotAt(x, y), this.#handlers.defaultTarget());
  }

  /** Opens the entry that something is held over long enough. */
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
        // Files from elsewhere go where the entry says; ours may go on to a picture in it.
        this.#hold(is_ours && target === null ? springAt(x, y) : null);
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
