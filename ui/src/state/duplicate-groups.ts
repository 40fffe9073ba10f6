// Owns what is proposed for a group of images that look the same: which one is kept,
// which go to the trash, and which stay because the kept one lacks something of theirs.
import type { DuplicateImage, UnneededDuplicate } from "../ipc/bindings";
import { counted } from "../shared/text";

/** Images that look the same. The first is proposed to be kept. */
export type Group = readonly DuplicateImage[];

export type Choice = {
  /** the image to keep */
  keeper: string;
  /** images that the artist decided about, against the proposal */
  against: ReadonlySet<string>;
};

export const proposed = (group: Group): Choice => ({
  keeper: group[0]?.id ?? "",
  against: new Set(),
});

/** Returns what the artist would lose with an image if only the keeper were left, in words. */
export function lossOf(image: DuplicateImage, keeper: DuplicateImage): string[] {
  const losses: [boolean, string][] = [
    [image.is_public && !keeper.is_public, "public"],
    [image.rating > keeper.rating, `rated ${image.rating}`],
    [image.is_favourite && !keeper.is_favourite, "favourite"],
    [image.has_note && !keeper.has_note, "has a note"],
    [image.is_edited && !keeper.is_edited, "edited"],
    [image.has_generation_data && !keeper.has_generation_data, "has generation data"],
    [image.collections > keeper.collections, `in ${counted(image.collections, "collection")}`],
    [image.references > keeper.references, `linked to ${counted(image.references, "reference")}`],
  ];
  return losses.flatMap(([isLost, words]) => (isLost ? [words] : []));
}

export type Fate = {
  image: DuplicateImage;
  fate: "kept" | "stays" | "goes";
  /** what would be lost with it */
  loss: string[];
};

/** Returns what happens to each image of a group. */
export function fatesOf(group: Group, { keeper, against }: Choice): Fate[] {
  const kept = group.find(({ id }) => id === keeper) ?? group[0];
  if (!kept) return [];
  return group.map((image) => {
    if (image === kept) return { image, fate: "kept", loss: [] };
    const loss = lossOf(image, kept);
    const goes = (loss.length === 0) !== against.has(image.id);
    return { image, fate: goes ? "goes" : "stays", loss };
  });
}

/** Returns the images of a group that go to the trash, and whether the artist decided so. */
export function unneededIn(group: Group, choice: Choice): UnneededDuplicate[] {
  const fates = fatesOf(group, choice);
  const keeper = fates.find(({ fate }) => fate === "kept")?.image.id;
  if (keeper === undefined) return [];
  return fates.flatMap(({ image: { id }, fate }) =>
    fate === "goes" ? [{ id, keeper, is_decided: choice.against.has(id) }] : [],
  );
}

/** Returns the images of a group that go to the trash. */
export function leaving(group: Group, choice: Choice): string[] {
  return unneededIn(group, choice).map(({ id }) => id);
}
