// Owns the short messages at the bottom of the window.

export type ToastAction = { label: string; run: () => void };
export type Toast = {
  id: number;
  text: string;
  tone: "plain" | "danger";
  action: ToastAction | null;
  /** whether the action undoes the step that the text names */
  undo: boolean;
  /** it says what a step did, so that the next step replaces it */
  isStep: boolean;
};

const SHOWN_FOR = 7000;
const SHOWN_FOR_DANGER = 12000;
const AT_MOST = 4;

export class Toasts {
  list = $state.raw<Toast[]>([]);
  #last = 0;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(
    text: string,
    options: {
      tone?: Toast["tone"];
      action?: ToastAction | null;
      undo?: boolean;
      isStep?: boolean;
    } = {},
  ): number {
    const toast: Toast = {
      id: ++this.#last,
      text,
      tone: options.tone ?? "plain",
      action: options.action ?? null,
      undo: options.undo ?? false,
      isStep: options.isStep ?? options.undo ?? false,
    };
    // A repeated text is shown once. Messages about many quick steps would cover the pictures.
    const others = this.list.filter((each) => each.text !== text && !(toast.isStep && each.isStep));
    this.list = [...others, toast].slice(-AT_MOST);
    this.resume(toast.id);
    return toast.id;
  }

  dismiss(id: number): void {
    this.pause(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  act(toast: Toast): void {
    this.dismiss(toast.id);
    toast.action?.run();
  }

  /** Keeps a toast open while it is read. */
  pause(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    this.pause(id);
    const toast = this.list.find((each) => each.id === id);
    if (!toast) return;
    const wait = toast.tone === "danger" ? SHOWN_FOR_DANGER : SHOWN_FOR;
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), wait),
    );
  }
}
