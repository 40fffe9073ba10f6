import { expect, it } from "vitest";
import { broughtBack } from "./healed-words";

it("shows what was restored, and what may still be missing", () => {
  const healed = { changes: 12, images: 2, refused: 0, damaged: 0, is_whole: true };
  expect(broughtBack(healed)).toBe(
    "The catalog had lost its last changes; 12 changes were restored from the journal. 2 pictures came back.",
  );
  const partly = broughtBack({ changes: 12, images: 0, refused: 1, damaged: 0, is_whole: false });
  expect(partly).toContain("Verify in Settings");
  expect(partly).toContain("are unlisted");
});
