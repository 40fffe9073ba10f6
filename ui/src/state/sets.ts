// Owns what galleries of references and collections of generated images have in
// common: both are named sets of images.
import type { Collection, Gallery, ImageKind } from "../ipc/bindings";

export type SetKind = "gallery" | "collection";
/** Only a collection can have a sensitive cover. */
export type NamedSet = Gallery & Partial<Collection>;
export type SetRef = { kind: SetKind; id: string };
/** All sets of a profile, in their order. */
export type Sets = {
  readonly galleries: readonly NamedSet[];
  readonly collections: readonly NamedSet[];
};

export const imageKindOf: Record<SetKind, ImageKind> = {
  gallery: "reference",
  collection: "generated",
};

/** Returns the kind of the sets that images of a kind can be in. */
export const setKindOf: Record<ImageKind, SetKind> = {
  reference: "gallery",
  generated: "collection",
};

export function setsOf(sets: Sets, kind: SetKind): readonly NamedSet[] {
  return kind === "gallery" ? sets.galleries : sets.collections;
}

export function findSet(sets: Sets, { kind, id }: SetRef): NamedSet | undefined {
  return setsOf(sets, kind).find((set) => set.id === id);
}

export function isSameSet(a: SetRef | null, b: SetRef | null): boolean {
  return a?.kind === b?.kind && a?.id === b?.id;
}
