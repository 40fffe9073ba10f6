import { expect, it } from "vitest";
import type { FieldSummary, SelectionSummary, UploadCounts } from "../../ipc/bindings";
import {
  differenceWords,
  imageKindsWords,
  dateRangeWords,
  sameValue,
  shares,
  uploadWords,
  visibilityWords,
} from "./together-words";

const field = (part: Partial<FieldSummary>): FieldSummary => {
  return { different: 0, without: 0, most: [], ...part };
};
const fox = { name: "a fox", images: 3 };
const none: UploadCounts = { local: 0, waiting: 0, uploading: 0, stored: 0, parked: 0 };

it("names kinds only if there are several", () => {
  const kinds = (generated: number, references: number, in_trash: number) =>
    imageKindsWords({
      generated,
      references,
      in_trash,
      images: generated + references,
    } as SelectionSummary);
  expect(kinds(3, 0, 0)).toBe("");
  expect(kinds(0, 3, 3)).toBe("");
  expect(kinds(1200, 1, 0)).toBe("1,200 generated, 1 reference");
  expect(kinds(3, 0, 1)).toBe("1 in Trash");
});

it("names the first and the last day, or the only one", () => {
  const at = (day: string) => new Date(`${day}T12:00`).getTime();
  expect(dateRangeWords({ first: at("2024-03-03"), last: at("2026-11-26") })).toBe(
    "3 Mar 2024 to 26 Nov 2026",
  );
  expect(dateRangeWords({ first: at("2024-03-03"), last: at("2024-03-03") + 3_600_000 })).toBe(
    "3 Mar 2024",
  );
});

it("counts public and unlisted images if both are selected", () => {
  expect(visibilityWords({ public: 2, unlisted: 0 })).toBe("");
  expect(visibilityWords({ public: 2, unlisted: 1300 })).toBe("2 public, 1,300 unlisted");
});

it("sums up the state of the uploads", () => {
  expect(uploadWords(none)).toBe("");
  expect(uploadWords({ ...none, stored: 4 })).toBe("Stored");
  expect(uploadWords({ ...none, local: 4 })).toBe("On this computer only");
  expect(uploadWords({ ...none, parked: 1, waiting: 12, stored: 300 })).toBe(
    "300 stored, 12 waiting, 1 in need of attention",
  );
});

it("a value is shared only if every image has it", () => {
  expect(sameValue(field({ different: 1, most: [fox] }))).toBe("a fox");
  expect(sameValue(field({ different: 1, without: 1, most: [fox] }))).toBeNull();
  expect(sameValue(field({ different: 2, most: [fox, fox] }))).toBeNull();
  expect(sameValue(field({ without: 5 }))).toBeNull();
});

it("counts different prompts, and images without one", () => {
  expect(differenceWords(field({ without: 5 }), "prompt")).toBe("");
  expect(differenceWords(field({ different: 12 }), "prompt")).toBe("12 different prompts");
  expect(differenceWords(field({ different: 2, without: 1 }), "seed")).toBe(
    "2 different seeds, 1 without",
  );
  expect(differenceWords(field({ different: 1, without: 1, most: [fox] }), "prompt")).toBe(
    "The same prompt, 1 without",
  );
});

it("lists frequent values, and counts the others", () => {
  const most = [
    { name: "sdxl", images: 300 },
    { name: "flux", images: 12 },
  ];
  expect(shares(field({ different: 2, most }))).toEqual(most);
  expect(shares(field({ different: 5, without: 4, most }), (name) => name.toUpperCase())).toEqual([
    { name: "SDXL", images: 300 },
    { name: "FLUX", images: 12 },
    { name: "3 more", images: 0 },
    { name: "Not known", images: 4 },
  ]);
});
