// Owns what a screen reader says about changes that need no toast.

/** A repeated text is said again if it differs, such as by a space that nobody hears. */
const AGAIN = "\u00a0";

export class Announcements {
  text = $state("");

  say(text: string): void {
    this.text = this.text === text ? `${text}${AGAIN}` : text;
  }
}
