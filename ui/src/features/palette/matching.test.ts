import { expect, it } from "vitest";
import { matchingCommands } from "./matching";

const run = () => undefined;
const labels = (typed: string) =>
  matchingCommands(
    ["Open settings", "Settings", "Make public or unlisted", "Public feed"].map((label) => ({
      label,
      run,
    })),
    typed,
  ).map(({ label }) => label);

it("finds commands by any words of their names, in any order", () => {
  expect(labels("unlisted make")).toEqual(["Make public or unlisted"]);
  expect(labels("nothing of it")).toEqual([]);
});

it("puts commands that begin with the text first", () => {
  expect(labels("set")).toEqual(["Settings", "Open settings"]);
  expect(labels("public")).toEqual(["Public feed", "Make public or unlisted"]);
});

it("lists everything before anything is typed", () => {
  expect(labels(" ")).toHaveLength(4);
});
