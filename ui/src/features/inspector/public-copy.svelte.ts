// Owns what the public copy of one image carries, read when it is selected, and the
// choices of the artist for it.
import { commands } from "$ipc";
import type { PublicTerms, TermsBefore, TermsEdit } from "../../ipc/bindings";
import { counted } from "../../shared/text";
import type { App } from "../../state/app.svelte";
import { complaintOf, isDone } from "../../state/outcomes";

/** How long an image has to stay selected until its copy is made, in ms. */
const PAUSE = 150;

export class PublicCopy {
  terms = $state.raw<PublicTerms | null>(null);
  error = $state.raw<unknown>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** Reads the terms of an image after a pause, because the host may have to make its copy to answer. */
  look(id: string): void {
    this.rest();
    this.#timer = setTimeout(() => void this.load(id), PAUSE);
  }

  /** Drops what was asked. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#asked++;
  }

  /** Reads the terms of an image now. An answer for an earlier question is dropped. */
  async load(id: string): Promise<void> {
    const asked = ++this.#asked;
    try {
      const terms = await commands.publicTerms(id);
      if (asked !== this.#asked) return;
      this.terms = terms;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = error;
    }
  }
}

/** Returns what one image says about its public copy. */
export function termsOf({ details, keep_camera }: PublicTerms): TermsEdit {
  return {
    details: details ?? "profile",
    camera: keep_camera === null ? "profile" : keep_camera ? "keep" : "remove",
  };
}

type Changed = { before: TermsBefore[]; isDone: boolean };

/**
 * Sets what the public copies of images carry. Returns what the changed images had before, and
 * whether any changed.
 */
async function setTerms(app: App, ids: readonly string[], edit: TermsEdit): Promise<Changed> {
  let before: TermsBefore[] = [];
  try {
    const outcomes = await app.library.changeImages("changed", ids, async () => {
      const report = await commands.setPublicTerms([...ids], edit);
      before = report.before;
      return report;
    });
    app.feed.choices++;
    const complaint = complaintOf(outcomes, "kept their public copy");
    if (complaint) app.complain(complaint.error, complaint.text);
    return { before, isDone: isDone(outcomes) };
  } catch (error) {
    app.complain(error, "The public copy was not changed.");
    return { before, isDone: false };
  }
}

/**
 * Changes the public copies of images, as one step that can be undone. Each gets back what it had.
 * Returns how many were changed.
 */
export async function changeTerms(
  app: App,
  ids: readonly string[],
  edit: TermsEdit,
): Promise<number> {
  const changing = setTerms(app, ids, edit);
  app.undone.did({
    what: `Changed the public copy of ${counted(ids.length, "image")}`,
    undo: async () => {
      const { before } = await changing;
      let isAny = before.length === 0;
      for (const { ids: changed, terms } of before)
        if ((await setTerms(app, changed, terms)).isDone) isAny = true;
      return isAny;
    },
    redo: async () => (await setTerms(app, ids, edit)).isDone,
  });
  return (await changing).before.reduce((sum, { ids: changed }) => sum + changed.length, 0);
}

/** Gives an image a new link, once the artist has confirmed that the old one dies. */
export async function giveNewLink(app: App, id: string): Promise<void> {
  const yes = await app.confirmation.ask({
    title: "Give this image a new link?",
    text: "The old link stops working everywhere it was shared. Browsers and caches may show cached copies for a while. This cannot be undone.",
    ok: "New link",
  });
  if (!yes) return;
  try {
    const outcomes = await app.library.changeImages("changed", [id], () => commands.newLink(id));
    const complaint = complaintOf(outcomes, "kept its link");
    if (complaint) app.complain(complaint.error, complaint.text);
    else app.toasts.show("The image has a new link. The old one stops working.");
  } catch (error) {
    app.complain(error, "The image kept its link.");
  }
}
