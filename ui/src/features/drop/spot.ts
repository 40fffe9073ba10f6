// Owns which entry or image is under a point of the window, for drops.
import type { ImageKind } from "../../ipc/bindings";
import type { Spot } from "../../state/dragging";
import { setKindOf } from "../../state/sets";
import { plainTarget, targetOfSet } from "../../state/views";

export function spotAt(x: number, y: number): Spot {
  return spotOf(document.elementFromPoint(x, y));
}

export function spotOf(element: Element | null): Spot {
  const entry = element?.closest<HTMLElement>("[data-drop]");
  const kind = kindOf(entry?.dataset["drop"]);
  const set = entry?.dataset["dropSet"];
  const image = element?.closest<HTMLElement>("[data-drop-image]");
  const imageKind = kindOf(image?.dataset["dropKind"]);
  const id = image?.dataset["dropImage"];
  return {
    into:
      kind &&
      (set === undefined ? plainTarget[kind] : targetOfSet({ kind: setKindOf[kind], id: set })),
    image:
      imageKind && id !== undefined
        ? { id, kind: imageKind, takesFiles: image?.dataset["dropFiles"] !== undefined }
        : null,
  };
}

/** Returns the entry that opens when something is held over it. */
export function springAt(x: number, y: number): HTMLElement | null {
  return document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-spring]") ?? null;
}

function kindOf(text: string | undefined): ImageKind | null {
  return text === "generated" || text === "reference" ? text : null;
}
