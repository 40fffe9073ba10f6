import { expect, it } from "vitest";
import source from "./bindings.ts?raw";
import {
  adviceFor,
  checkStepTitle,
  errorAdvice,
  remedyLabels,
  transferProblemAdvice,
} from "./errors";

/** Reads the members of a union from the contract itself. */
function codes(name: string): string[] {
  const bare = source.replace(/\/\*[\s\S]*?\*\//g, "");
  const body = new RegExp(`export type ${name} =([^;]*);`).exec(bare)?.[1] ?? "";
  return [...body.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
}

it("has a sentence for every code of the contract", () => {
  const tables = {
    ErrorCode: errorAdvice,
    TransferProblemCode: transferProblemAdvice,
    CheckStepName: checkStepTitle,
  };
  for (const [name, table] of Object.entries(tables)) {
    expect(codes(name).length).toBeGreaterThan(5);
    expect(Object.keys(table).sort()).toEqual(codes(name).sort());
  }
});

it("uses sentences without exclamation marks", () => {
  const texts = [
    ...Object.values(errorAdvice).map(({ text }) => text),
    ...Object.values(transferProblemAdvice).map(({ text }) => text),
  ];
  for (const text of texts) expect(text).toMatch(/^[A-Z][^!]*\.$/);
});

it("offers the settings when a key is refused", () => {
  expect(transferProblemAdvice.Credentials.remedy).toBe("settings");
  expect(remedyLabels.settings).toBe("Open settings");
});

it("adds the bucket's message as another sentence", () => {
  expect(adviceFor({ code: "Bucket", message: "no such host" }).text).toBe(
    "The bucket did not accept the request. No such host.",
  );
});

it("shows the message about a refused value", () => {
  expect(adviceFor({ code: "InvalidInput", message: "a gallery needs a name" }).text).toBe(
    "A gallery needs a name.",
  );
});

it("shows the message of Tauri when it rejects a call", () => {
  expect(adviceFor("command get_links not found")).toEqual({
    text: "Something went wrong inside Vitrine. Command get_links not found.",
    remedy: "retry",
  });
});

it("has a text for unexpected errors", () => {
  for (const error of [
    new Error("x"),
    "x",
    "",
    undefined,
    { code: "New", message: "" },
    { code: "Bucket" },
  ]) {
    expect(adviceFor(error).text).toMatch(/\.$/);
  }
});
