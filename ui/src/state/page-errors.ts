// Owns errors of the page that nothing handled. The host logs each kind of error once
// and says which are new. The artist is told once in a window.
import { commands } from "$ipc";

let tell: (() => void) | null = null;
/** a new error was logged before anybody could be told */
let isWaiting = false;
let isTold = false;

/** Reports errors from now on. */
export function reportPageErrors(): void {
  addEventListener("error", ({ error, message }) => void report(error ?? message));
  addEventListener("unhandledrejection", ({ reason }) => void report(reason));
}

/** Calls `show` once, after the first new error. */
export function tellOfPageErrors(show: () => void): void {
  tell = show;
  isTold = false;
  if (isWaiting) tellOnce();
}

function tellOnce(): void {
  if (!tell) isWaiting = true;
  else if (!isTold) {
    isTold = true;
    isWaiting = false;
    tell();
  }
}

async function report(error: unknown): Promise<void> {
  const text = textOf(error);
  // Browsers report a layout that settles one frame later as an error.
  if (text.startsWith("ResizeObserver loop")) return;
  // Without a host there is no log to show.
  const isNew = await commands.reportPageError(text).catch(() => false);
  if (isNew) tellOnce();
}

/** Returns the kind of an error, its message and where it arose. */
function textOf(error: unknown): string {
  if (error instanceof Error) {
    const where = error.stack ?? "";
    return where.includes(error.message) ? where : `${error.name}: ${error.message}\n${where}`;
  }
  if (typeof error === "object" && error !== null) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    return [code, message].filter((part) => typeof part === "string").join(": ") || "no error";
  }
  return String(error);
}
