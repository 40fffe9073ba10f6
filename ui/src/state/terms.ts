// Owns how filters are written into the text of a search and found in it again.
// The text is the only state, so what a chip sets can be read, edited and saved.

/** A filter: terms of which a search has at most one choice. */
export type Choice = { name: string; has: (term: string) => boolean };

const among = (name: string, ...terms: string[]): Choice => ({
  name,
  has: (term) => terms.includes(term.toLowerCase()),
});
const keyed = (name: string, ...keys: string[]): Choice => ({
  name,
  has: (term) => keys.some((key) => term.toLowerCase().startsWith(`${key}:`)),
});

export const filterChoices = {
  model: keyed("Model", "model"),
  tool: keyed("Tool", "tool"),
  date: keyed("Date", "after", "before", "made"),
  added: keyed("Added", "added"),
  visibility: among("Visibility", "is:public", "is:unlisted"),
  aspect: among("Shape", "is:portrait", "is:landscape", "is:square"),
  upload: among("Upload", "is:stored", "is:waiting"),
  sensitive: among("Sensitive", "is:sensitive", "-is:sensitive"),
  references: among("References", "has:references"),
  favourite: among("Favourites", "is:favourite", "-is:favourite"),
  rating: keyed("Rating", "rating"),
} satisfies Record<string, Choice>;

/** Splits a search at spaces that are not within quotes, as the library does. */
export function termsOf(text: string): string[] {
  return text.match(/-?(?:[a-z]+:)?"[^"]*"?|\S+/gi) ?? [];
}

/** Returns the terms of a filter that the search contains. */
export function chosenOf(text: string, choice: Choice): string[] {
  return termsOf(text).filter(choice.has);
}

/** Returns a search in which these terms replace all others of the filter. */
export function withTerms(text: string, choice: Choice, terms: readonly string[]): string {
  const otherTerms = termsOf(text).filter((term) => !choice.has(term));
  const all = [...otherTerms, ...terms];
  // The space marks the last word as complete.
  return all.length === 0 ? "" : `${all.join(" ")} `;
}

/** Writes a name that may have spaces as the value of a key. */
export function termNaming(key: string, name: string): string {
  return `${key}:"${name.replaceAll('"', " ")}"`;
}

/** Returns the name that `termNaming` wrote. */
export function termValue(term: string): string {
  return term.slice(term.indexOf(":") + 1).replace(/^"|"$/g, "");
}

const two = (number: number) => String(number).padStart(2, "0");

/** Returns the local day of a moment, as a search writes days. */
function dayOf(time: Date): string {
  const year = String(time.getFullYear()).padStart(4, "0");
  return `${year}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** Returns the local day some days before another, as a search writes days. */
export function dayBefore(today: Date, days: number): string {
  const day = new Date(today);
  // Not all days have 24 hours.
  day.setDate(day.getDate() - days);
  return dayOf(day);
}

/** Returns the term that finds what was imported between two moments, whole seconds. */
export function addedBetween(from: Date, until: Date): string {
  const second = (time: Date) =>
    `${dayOf(time)}T${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `added:${second(from)}..${second(until)}`;
}
