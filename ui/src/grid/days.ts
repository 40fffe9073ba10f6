// Owns how a moment becomes a day: the key that groups, and the words that name it.

/** Returns the local day of a moment as YYYY-MM-DD. */
export function dayKey(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function dayStart(key: string): Date {
  const [year = 1970, month = 1, day = 1] = key.split("-").map(Number);
  return new Date(year, month - 1, day);
}

/** Returns "Today", "Yesterday", "Saturday, 21 November", with the year when it is another one. */
export function dayLabel(key: string, now: number): string {
  if (key === dayKey(now)) return "Today";
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (key === dayKey(yesterday.getTime())) return "Yesterday";
  const date = dayStart(key);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

export type Mark = { label: string; y: number; year: boolean };
type Placed = { group: string; top: number };

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
  let month = "";
  let year = "";
  for (const section of sections) {
    const thisMonth = section.group.slice(0, 7);
    if (thisMonth === month) continue;
    const thisYear = thisMonth.slice(0, 4);
    const turns = year !== "" && thisYear !== year;
    const y = height > 0 ? (section.top / height) * track : 0;
    const above = marks.at(-1);
    month = thisMonth;
    year = thisYear;
    const mark = {
      label: turns
        ? thisYear
        : dayStart(`${thisMonth}-01`).toLocaleDateString("en-GB", { month: "short" }),
      y,
      year: turns,
    };
    if (!above || y - above.y >= spacing) marks.push(mark);
    // A year says more than the month it would collide with.
    else if (turns && !above.year) marks[marks.length - 1] = mark;
  }
  return marks;
}
