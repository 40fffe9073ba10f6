// Owns what the public copy of one image carries, read when it is selected, and the
// choices of the artist for it.
import { commands } from "$ipc";
import type { PublicDetails, PublicTerms } from "../../ipc/bindings";
import type { App } from "../../state/app.svelte";
import { complaintOf } from "../../state/outcomes";

/** What an artist chose for single images; null follows the profile. */
export type TermsChoice = { details: PublicDetails | null; keepCamera: boolean | null };

/** How long an image has to stay selected until its copy is made, in ms. */
const PAUSE = 150;

export class PublicCopy {
  terms = $state.raw<PublicTerms | null>(null);
  error = $state.raw<unknown>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** Reads the terms of an image soon. The host makes the copy for it, so it is asked rarely. */
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

/** Sets what the public copies of images carry. Returns those that were changed. */
export async function setTerms(
  app: App,
  ids: readonly string[],
  { details, keepCamera }: TermsChoice,
): Promise<string[]> {
  try {
    const outcomes = await app.library.changeImages("changed", ids, () =>
      commands.setPublicTerms([...ids], details, keepCamera),
    );
    app.feed.choices++;
    const complaint = complaintOf(outcomes, "kept their public copy");
    if (complaint) app.complain(complaint.error, complaint.text);
    return outcomes.done;
  } catch (error) {
    app.complain(error, "The public copy was not changed.");
    return [];
  }
}

/** Changes the public copy of one image, as one step that can be undone. */
export async function changeTerms(
  app: App,
  id: string,
  before: TermsChoice,
  after: TermsChoice,
): Promise<void> {
  const changing = setTerms(app, [id], after);
  app.undone.did({
    what: "Changed the public copy of 1 image",
    undo: async () => void ((await changing).length > 0 && (await setTerms(app, [id], before))),
    redo: async () => void (await setTerms(app, [id], after)),
  });
  await changing;
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
