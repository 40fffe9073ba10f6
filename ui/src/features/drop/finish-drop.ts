// Owns what happens when something is dropped on the window.
import type { App } from "../../state/app.svelte";
import type { DropTarget } from "../../state/dragging";
import { plainTarget } from "../../state/views";

/** Imports, adds or links the files of a drop, or the dragged images if `token` is null. */
export async function finishDrop(
  app: App,
  token: number | null,
  target: DropTarget,
): Promise<void> {
  const { imports } = app;
  const dragged = app.dragged.ids;
  if (target.do === "join") await app.sets[target.set.kind].addImages(target.set.id, dragged);
  else if (target.do === "arrange") await app.arrangement.moveTo(dragged, target.gap.position);
  else if (target.do === "import") {
    if (token !== null) await imports.fromDrop(token, target.into);
  } else await link(app, token, target);
}

/** Links what was dropped with an image, or with all images of the closed stack that it covers. */
async function link(
  { dragged, imports, library: { listing }, referenceLinks }: App,
  token: number | null,
  target: Extract<DropTarget, { do: "link" }>,
): Promise<void> {
  const images = listing.idsOf(target.with);
  if (token !== null) {
    const references = await imports.fromDrop(token, plainTarget.reference);
    await referenceLinks.link(images, references, "aloud");
  } else if (target.kind === "generated") await referenceLinks.link(images, dragged.ids, "aloud");
  else await referenceLinks.link(dragged.ids, images, "aloud");
}
