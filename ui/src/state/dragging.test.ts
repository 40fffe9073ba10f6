import { expect, it } from "vitest";
import { dropTargetOf, dropTargetWords, type Spot } from "./dragging";

const history = { kind: "generated", gallery: null } as const;
const hands = { kind: "reference", gallery: "g1" } as const;
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
    gallery: "g1",
  });
  expect(dropTargetOf(ours("generated"), over(hands), history)).toBeNull();
  expect(dropTargetOf(ours("reference"), over(history), history)).toBeNull();
  expect(dropTargetOf(ours("generated"), nothing, history)).toBeNull();
});

it("describes what a drop would do", () => {
  const galleries = [{ id: "g1", name: "Hands", images: 3, cover: null }];
  const words = (target: NonNullable<ReturnType<typeof dropTargetOf>>, count: number) =>
    dropTargetWords(target, count, galleries);
  expect(words({ do: "join", gallery: "g1" }, 2)).toBe("Add 2 images to Hands");
  expect(words({ do: "link", with: "x", kind: "generated" }, 1)).toBe("Made with this reference");
  expect(words({ do: "link", with: "x", kind: "reference" }, 2)).toBe("Used in these 2 images");
});
