import { expect, it } from "vitest";
import type { DuplicateImage } from "../ipc/bindings";
import { aDuplicate, i1, i2, i3 } from "../testing/fixtures";
import { fatesOf, leaving, lossOf, proposed } from "./duplicate-groups";

const fates = (group: DuplicateImage[], choice = proposed(group)) =>
  fatesOf(group, choice).map(({ fate }) => fate);

it("proposes to keep the first and to remove the others", () => {
  const group = [aDuplicate(i1), aDuplicate(i2), aDuplicate(i3)];
  expect(fates(group)).toEqual(["kept", "goes", "goes"]);
  expect(leaving(group, proposed(group))).toEqual([i2, i3]);
});

it.each<[Partial<DuplicateImage>, string]>([
  [{ is_public: true }, "public"],
  [{ rating: 4 }, "rated 4"],
  [{ is_favourite: true }, "favourite"],
  [{ has_note: true }, "has a note"],
  [{ is_edited: true }, "edited"],
  [{ has_generation_data: true }, "has generation data"],
  [{ collections: 2 }, "in 2 collections"],
  [{ references: 1 }, "linked to 1 reference"],
])("never proposes to remove what the kept one lacks: %o", (own, words) => {
  const [keeper, other] = [aDuplicate(i1), aDuplicate(i2, own)];
  expect(lossOf(other, keeper)).toEqual([words]);
  expect(fates([keeper, other])).toEqual(["kept", "stays"]);
  // What both have is not lost.
  expect(fates([aDuplicate(i1, own), other])).toEqual(["kept", "goes"]);
});

it("does what the artist says, also against the proposal", () => {
  const group = [aDuplicate(i1), aDuplicate(i2, { is_public: true }), aDuplicate(i3)];
  expect(fates(group, { keeper: i2, against: new Set() })).toEqual(["goes", "kept", "goes"]);
  expect(fates(group, { keeper: i1, against: new Set([i2, i3]) })).toEqual([
    "kept",
    "goes",
    "stays",
  ]);
});

it("keeps one even if the chosen one is gone", () => {
  const group = [aDuplicate(i2), aDuplicate(i3)];
  expect(fates(group, { keeper: i1, against: new Set() })).toEqual(["kept", "goes"]);
});
