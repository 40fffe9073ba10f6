import { expect, it } from "vitest";
import { addsTo, dropTargetOf, dropTargetWords, type Spot } from "./dragging";
import { plainTarget, targetOfSet } from "./views";

const history = plainTarget.generated;
const hands = targetOfSet({ kind: "gallery", id: "g1" });
const sky = targetOfSet({ kind: "collection", id: "c1" });
const nothing: Spot = { into: null, image: null };
const on = (kind: "generated" | "reference", takesFiles = false): Spot => ({
  into: null,
  image: { id: "x", kind, takesFiles },
});
const files = { from: "elsewhere" } as const;
const ours = (kind: "generated" | "reference" | null) => ({ from: "here", kind }) as const;

it("imports files into the entry under them, or the default target", () => {
  expect(dropTargetOf(files, nothing, history)).toEqual({ do: "import", into: history });
  expect(dropTargetOf(files, { ...nothing, into: hands }, history)).toEqual({
    do: "import",
    into: hands,
  });
  // A picture in the grid is no target: files dropped anywhere on it join the history.
  expect(dropTargetOf(files, on("generated"), history)).toEqual({ do: "import", into: history });
});

it("links files that are dropped on the references of an image", () => {
  expect(dropTargetOf(files, on("generated", true), history)).toEqual({
    do: "link",
    with: "x",
    kind: "generated",
  });
});

it("links references with a generated image, whichever of them is dragged", () => {
  const link = (kind: string) => ({ do: "link", with: "x", kind });
  expect(dropTargetOf(ours("reference"), on("generated"), history)).toEqual(link("generated"));
  expect(dropTargetOf(ours("generated"), on("reference"), history)).toEqual(link("reference"));
  expect(dropTargetOf(ours("reference"), on("reference"), history)).toBeNull();
  expect(dropTargetOf(ours(null), on("generated"), history)).toBeNull();
});

it("adds references of this library to galleries, and imports nothing", () => {
  const over = (into: Spot["into"]): Spot => ({ ...nothing, into });
  expect(dropTargetOf(ours("reference"), over(hands), history)).toEqual({
    do: "join",
    set: { kind: "gallery", id: "g1" },
  });
  expect(dropTargetOf(ours("generated"), over(hands), history)).toBeNull();
  expect(dropTargetOf(ours("reference"), over(history), history)).toBeNull();
  expect(dropTargetOf(ours("generated"), nothing, history)).toBeNull();
});

it("adds generated images of this library to collections, and imports files into them", () => {
  const over = { ...nothing, into: sky };
  const join = { do: "join", set: { kind: "collection", id: "c1" } } as const;
  expect(dropTargetOf(ours("generated"), over, history)).toEqual(join);
  expect(dropTargetOf(ours("reference"), over, history)).toBeNull();
  expect(dropTargetOf(files, over, history)).toEqual({ do: "import", into: sky });
  for (const target of [join, { do: "import", into: sky } as const]) {
    expect([addsTo(target, sky), addsTo(target, hands), addsTo(target, history)]).toEqual([
      true,
      false,
      false,
    ]);
  }
  expect(addsTo({ do: "import", into: history }, history)).toBe(true);
});

it("describes what a drop would do", () => {
  const galleries = [{ id: "g1", name: "Hands", images: 3, cover: null }];
  const collections = [{ id: "c1", name: "Sky", images: 0, cover: null }];
  const words = (target: NonNullable<ReturnType<typeof dropTargetOf>>, count: number) =>
    dropTargetWords(target, count, { galleries, collections });
  expect(words({ do: "join", set: { kind: "gallery", id: "g1" } }, 2)).toBe(
    "Add 2 images to Hands",
  );
  expect(words({ do: "import", into: sky }, 3)).toBe("Add 3 files to Collections > Sky");
  expect(words({ do: "arrange", gap: { position: 1, isRowEnd: false } }, 1)).toBe(
    "Move 1 image here",
  );
  expect(words({ do: "link", with: "x", kind: "generated" }, 1)).toBe("Made with this reference");
  expect(words({ do: "link", with: "x", kind: "reference" }, 2)).toBe("Used in these 2 images");
});
