// Owns which settings of the published feed are valid, as the library checks them.
import type { FeedLink, FeedSettings } from "../../ipc/bindings";
import { number } from "../../shared/text";

export const MAX_TITLE = 200;
export const MAX_ABOUT = 5_000;
export const MAX_LINKS = 20;
const MAX_ADDRESS = 2_000;
const MAX_WORDS = 200;

/** Characters that make an address look like another one. */
const MISLEADING =
  /[\s\\\p{Cc}\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/u;

/** The library counts characters, not units of UTF-16. */
const isLong = (text: string, most: number) => [...text].length > most;

/** Returns which setting is not valid, in plain words, or null. */
export function feedProblem(settings: Required<FeedSettings>): string | null {
  if (isLong(settings.title, MAX_TITLE))
    return `The title can have at most ${MAX_TITLE} characters.`;
  if (isLong(settings.about, MAX_ABOUT)) {
    return `The text about you can have at most ${number(MAX_ABOUT)} characters.`;
  }
  if (settings.links.length > MAX_LINKS) return `There can be at most ${MAX_LINKS} links.`;
  for (const link of settings.links) {
    const problem = linkProblem(link);
    if (problem !== null) return problem;
  }
  const words = settings.sensitive_words;
  if (words.length > MAX_WORDS || words.some((word) => isLong(word, MAX_TITLE))) {
    return `There can be at most ${MAX_WORDS} words, of at most ${MAX_TITLE} characters.`;
  }
  return null;
}

/** Returns what is wrong with a link, or null. */
export function linkProblem({ label, url }: FeedLink): string | null {
  if (isLong(url, MAX_ADDRESS)) {
    return `A link can have at most ${number(MAX_ADDRESS)} characters.`;
  }
  if (isLong(label, MAX_TITLE)) {
    return `The text of a link can have at most ${MAX_TITLE} characters.`;
  }
  if (!/^(https?:\/\/|mailto:)/i.test(url)) {
    return "A link must start with https://, http:// or mailto:.";
  }
  if (MISLEADING.test(url)) {
    return "A link can have no spaces, backslashes or invisible characters.";
  }
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null) {
    return "A link must be a complete address, such as https://example.org/.";
  }
  if (address.username !== "" || address.password !== "") {
    return "A link can have no user name and no password, because everybody could read them.";
  }
  return address.protocol === "mailto:" && address.pathname === ""
    ? "A link with mailto: needs an address."
    : null;
}

/** Reads words or phrases that are separated by commas or lines. */
export function wordsOf(text: string): string[] {
  const words = text.split(/[,\n]/).map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ""))];
}
