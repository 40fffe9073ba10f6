// Owns how this window looks: theme, size of the pictures, panels. It is
// stored with the window, not the library.
import type { Theme } from "../ipc/bindings";
import type { LinkFormat } from "../shared/links";
import type { Shortcuts } from "./chords";
import { remember, remembered } from "./memory";

export const SIZE_MIN = 96;
export const SIZE_MAX = 640;
const SIZE_USUAL = 200;

export const textSizes = [100, 125, 150, 200] as const;
export type TextSize = (typeof textSizes)[number];

export class Preferences {
  #theme = $state<Theme>(remembered("theme", isTheme) ?? "dark");
  #size = $state(remembered("size", isSize) ?? SIZE_USUAL);
  #square = $state(remembered("square", isFlag) ?? false);
  #textSize = $state<TextSize>(remembered("textSize", isTextSize) ?? 100);
  #pickAs = $state<LinkFormat>(remembered("pickAs", isLinkFormat) ?? "url");
  #sidebar = $state(remembered("sidebar", isFlag) ?? true);
  #inspector = $state(remembered("inspector", isFlag) ?? true);
  #shortcuts = $state.raw<Shortcuts>(remembered("shortcuts", areShortcuts) ?? {});

  constructor() {
    this.#dress();
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.#dress());
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    remember("theme", theme);
    this.#dress();
  }

  /** px a row of the grid aims at */
  get size(): number {
    return this.#size;
  }
  set size(size: number) {
    this.#size = Math.min(SIZE_MAX, Math.max(SIZE_MIN, size));
    remember("size", this.#size);
  }

  /** pictures are cropped to squares */
  get square(): boolean {
    return this.#square;
  }
  set square(square: boolean) {
    this.#square = square;
    remember("square", square);
  }

  /** size of all text and of the controls around it, in percent */
  get textSize(): TextSize {
    return this.#textSize;
  }
  set textSize(size: TextSize) {
    this.#textSize = size;
    remember("textSize", size);
    this.#dress();
  }

  /** how the link of a picked reference is written */
  get pickAs(): LinkFormat {
    return this.#pickAs;
  }
  set pickAs(format: LinkFormat) {
    this.#pickAs = format;
    remember("pickAs", format);
  }

  /** keys that were chosen instead of the usual ones */
  get shortcuts(): Shortcuts {
    return this.#shortcuts;
  }
  set shortcuts(shortcuts: Shortcuts) {
    this.#shortcuts = shortcuts;
    remember("shortcuts", shortcuts);
  }

  get sidebar(): boolean {
    return this.#sidebar;
  }
  set sidebar(shown: boolean) {
    this.#sidebar = shown;
    remember("sidebar", shown);
    this.#dress();
  }

  get inspector(): boolean {
    return this.#inspector;
  }
  set inspector(shown: boolean) {
    this.#inspector = shown;
    remember("inspector", shown);
  }

  #dress(): void {
    const light =
      this.#theme === "light" ||
      (this.#theme === "system" && matchMedia("(prefers-color-scheme: light)").matches);
    const { dataset, style } = document.documentElement;
    dataset["sidebar"] = this.#sidebar ? "shown" : "hidden";
    dataset["theme"] = light ? "light" : "dark";
    // Of the size that the system has for text.
    style.fontSize = `${this.#textSize}%`;
  }
}

const isTheme = (value: unknown): value is Theme =>
  value === "system" || value === "dark" || value === "light";
const isSize = (value: unknown): value is number =>
  typeof value === "number" && value >= SIZE_MIN && value <= SIZE_MAX;
const areShortcuts = (value: unknown): value is Shortcuts =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((keys) => typeof keys === "string");
const isTextSize = (value: unknown): value is TextSize => textSizes.some((size) => size === value);
const isLinkFormat = (value: unknown): value is LinkFormat =>
  value === "url" || value === "markdown" || value === "html";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
