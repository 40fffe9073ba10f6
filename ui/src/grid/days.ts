// Owns how a moment becomes a day: when it begins, and the words that name it.

/** Returns when the local day of a moment begins. */
export function dayStart(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** Returns when the local day after a day begins; not all have 24 hours. */
export function dayAfter(day: number): number {
  const date = new Date(day);
  return date.setDate(date.getDate() + 1);
}

/** Returns "Today", "Yesterday", "Saturday, 21 November", with the year if it is not this one. */
export function dayLabel(day: number, now: number): string {
  const today = dayStart(now);
  if (day === today) return "Today";
  const yesterday = new Date(today);
  yesterday.setDate(yesterday.getDate() - 1);
  if (day === yesterday.getTime()) return "Yesterday";
  const date = new Date(day);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

export type Mark = { label: string; y: number; year: boolean };
type Placed = { day: number; top: number };

/**
 * Returns the labels of the scrubber: a month where it begins, a year where the
 * year changes, none closer than `spacing` px to the one above.
 */
export function scrubMarks(
  sections: readonly Placed[],
  height: number,
  track: number,
  spacing = 18,
): Mark[] {
  const marks: Mark[] = [];
  let before: Date | null = null;
  for (const section of sections) {
    const date = new Date(section.day);
    const year = date.getFullYear();
    const turns = before !== null && before.getFullYear() !== year;
    if (before && !turns && before.getMonth() === date.getMonth()) continue;
    before = date;
    const y = height > 0 ? (section.top / height) * track : 0;
    const above = marks.at(-1);
    const label = turns ? String(year) : date.toLocaleDateString("en-GB", { month: "short" });
    const mark = { label, y, year: turns };
    if (!above || y - above.y >= spacing) marks.push(mark);
    // A year is more useful than the month it would overlap.
    else if (turns && !above.year) marks[marks.length - 1] = mark;
  }
  return marks;
}
