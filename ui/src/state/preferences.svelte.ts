// Owns how this window looks: theme, size of the pictures, panels. Kept in the
// web view, since it is of no consequence to the library.
import type { Theme } from "../ipc/bindings";
import { actions, type Shortcuts } from "./actions";

export const SIZE_MIN = 96;
export const SIZE_MAX = 640;
const SIZE_USUAL = 200;

export class Preferences {
  #theme = $state<Theme>(read("theme", isTheme) ?? "dark");
  #size = $state(read("size", isSize) ?? SIZE_USUAL);
  #square = $state(read("square", isFlag) ?? false);
  #inspector = $state(read("inspector", isFlag) ?? true);
  #shortcuts = $state.raw<Shortcuts>(read("shortcuts", areShortcuts) ?? {});

  constructor() {
    this.#dress();
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.#dress());
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    write("theme", theme);
    this.#dress();
  }

  /** px a row of the grid aims at */
  get size(): number {
    return this.#size;
  }
  set size(size: number) {
    this.#size = Math.min(SIZE_MAX, Math.max(SIZE_MIN, size));
    write("size", this.#size);
  }

  /** pictures are cropped to squares */
  get square(): boolean {
    return this.#square;
  }
  set square(square: boolean) {
    this.#square = square;
    write("square", square);
  }

  /** keys that were chosen instead of the usual ones */
  get shortcuts(): Shortcuts {
    return this.#shortcuts;
  }
  set shortcuts(shortcuts: Shortcuts) {
    this.#shortcuts = shortcuts;
    write("shortcuts", shortcuts);
  }

  get inspector(): boolean {
    return this.#inspector;
  }
  set inspector(shown: boolean) {
    this.#inspector = shown;
    write("inspector", shown);
  }

  #dress(): void {
    const light =
      this.#theme === "light" ||
      (this.#theme === "system" && matchMedia("(prefers-color-scheme: light)").matches);
    document.documentElement.dataset["theme"] = light ? "light" : "dark";
  }
}

const isTheme = (value: unknown): value is Theme =>
  value === "system" || value === "dark" || value === "light";
const isSize = (value: unknown): value is number =>
  typeof value === "number" && value >= SIZE_MIN && value <= SIZE_MAX;
const areShortcuts = (value: unknown): value is Shortcuts =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(value).every(([id, keys]) => id in actions && typeof keys === "string");
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";

function read<T>(name: string, is: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(`vitrine.${name}`) ?? "null");
    return is(value) ? value : null;
  } catch {
    return null;
  }
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(`vitrine.${name}`, JSON.stringify(value));
  } catch {
    // Without storage the window forgets; nothing else does.
  }
}
