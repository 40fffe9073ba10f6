// Owns which sensitive pictures are veiled. The settings decide how the window
// starts; what the artist chooses after that lasts until it is closed.

/** What the veil needs to know of a picture. */
type Picture = { id: string; sensitive: boolean };

const none: ReadonlySet<string> = new Set();

export class Veil {
  /** Veiled until the settings are known, so that nothing is seen before they are. */
  #isOn = $state(true);
  #isChosen = false;
  /** pictures that are shown although the others are veiled */
  #shown = $state.raw<ReadonlySet<string>>(none);

  /** whether sensitive pictures are veiled */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Starts as the settings say, unless something was chosen since the window opened. */
  start({ veiled }: { veiled: boolean }): void {
    if (this.#isChosen) return;
    this.#isChosen = true;
    this.#isOn = veiled;
  }

  /** Veils all sensitive pictures, or shows them. */
  toggle(): void {
    this.#isChosen = true;
    this.#shown = none;
    this.#isOn = !this.#isOn;
  }

  /** Returns whether a picture is veiled. */
  hides({ id, sensitive }: Picture): boolean {
    return sensitive && this.#isOn && !this.#shown.has(id);
  }

  /** Shows pictures, or veils them if all are shown. */
  toggleThese(ids: readonly string[]): void {
    const areShown = ids.every((id) => this.#shown.has(id));
    const next = new Set(this.#shown);
    for (const id of ids) {
      if (areShown) next.delete(id);
      else next.add(id);
    }
    this.#shown = next;
  }

  show(id: string): void {
    this.#shown = new Set([...this.#shown, id]);
  }
}
