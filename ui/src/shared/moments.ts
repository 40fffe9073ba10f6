// Owns how people type a date and a time: as it is shown, or as 2019-06-01 14:30.
// All times are local.

/** The years in which a picture can be made, from the oldest photograph on. */
const YEARS = [1826, 2100] as const;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const TIME = String.raw`(?:(?:,|T|\s)\s*(\d{1,2}):(\d{2})(?::(\d{2}))?)?`;
const NUMBERS = new RegExp(String.raw`^(\d{4})[-./](\d{1,2})[-./](\d{1,2})${TIME}$`, "i");
const WORDS = new RegExp(String.raw`^(\d{1,2})\s+([a-z]{3})[a-z]*\.?,?\s+(\d{4})${TIME}$`, "i");

/** Returns the moment that a text means, in ms, or null if it is not a date. A day alone means noon. */
export function readMoment(text: string): number | null {
  const plain = text.trim();
  const numbers = NUMBERS.exec(plain);
  if (numbers) {
    const [, year, month, day, ...time] = numbers;
    return moment(Number(year), Number(month) - 1, Number(day), time);
  }
  const words = WORDS.exec(plain);
  if (!words) return null;
  const [, day, month = "", year, ...time] = words;
  return moment(Number(year), MONTHS.indexOf(month.toLowerCase()), Number(day), time);
}

function moment(
  year: number,
  month: number,
  day: number,
  [hour = "12", minute = "0", second = "0"]: (string | undefined)[],
): number | null {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const date = new Date(year, month, day, h, m, s);
  // `Date` turns 31 June and 25:00 into other days.
  const isReal = date.getFullYear() === year && date.getMonth() === month && date.getDate() === day;
  return isReal && m < 60 && s < 60 ? date.getTime() : null;
}

/** Returns why a text cannot be the date of a picture, or null. */
export function momentProblem(text: string): string | null {
  const at = readMoment(text);
  if (at === null)
    return "Write a date such as 2019-06-01, or a date and a time: 2019-06-01 14:30.";
  const year = new Date(at).getFullYear();
  const isPossible = year >= YEARS[0] && year <= YEARS[1];
  return isPossible ? null : `Write a year between ${YEARS[0]} and ${YEARS[1]}.`;
}
