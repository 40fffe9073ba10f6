// Owns which settings of the published feed are valid, as the library checks them.
import type { FeedLink, FeedSettings } from "../../ipc/bindings";
import { number } from "../../shared/text";

export const MAX_TITLE = 200;
export const MAX_ABOUT = 5_000;
export const MAX_LINKS = 20;
const MAX_ADDRESS = 2_000;
const MAX_WORDS = 200;

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
  if (!["https:", "http:", "mailto:"].some((scheme) => url.startsWith(scheme))) {
    return "A link must start with https:, http: or mailto:.";
  }
  if (isLong(url, MAX_ADDRESS)) {
    return `A link can have at most ${number(MAX_ADDRESS)} characters.`;
  }
  return isLong(label, MAX_TITLE)
    ? `The text of a link can have at most ${MAX_TITLE} characters.`
    : null;
}

/** Reads words or phrases that are separated by commas or lines. */
export function wordsOf(text: string): string[] {
  const words = text.split(/[,\n]/).map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ""))];
}
