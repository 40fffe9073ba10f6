import { expect, it } from "vitest";
import { carriedWords } from "./copy-words";

it("names who issued Content Credentials, and how much follows a picture", () => {
  expect(carriedWords({ kind: "credentials", issuer: null })).toBe("Content Credentials");
  expect(carriedWords({ kind: "credentials", issuer: "OpenAI" })).toBe(
    "Content Credentials of OpenAI",
  );
  expect(carriedWords({ kind: "bytes_after_end", bytes: 1_200 })).toBe(
    "1.2 kB after the end of the picture",
  );
});
