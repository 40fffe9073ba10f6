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
  const { imports, referenceLinks } = app;
  const dragged = app.dragged.ids;
  if (target.do === "join") await app.sets[target.set.kind].addImages(target.set.id, dragged);
  else if (target.do === "arrange") await app.arrangement.moveTo(dragged, target.gap.position);
  else if (target.do === "import") {
    if (token !== null) await imports.fromDrop(token, target.into);
  } else if (token !== null) {
    const references = await imports.fromDrop(token, plainTarget.reference);
    await referenceLinks.link([target.with], references, "aloud");
  } else if (target.kind === "generated")
    await referenceLinks.link([target.with], dragged, "aloud");
  else await referenceLinks.link(dragged, [target.with], "aloud");
}
