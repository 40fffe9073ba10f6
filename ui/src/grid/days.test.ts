import { expect, it } from "vitest";
import { dayLabel, dayStart, scrubMarks } from "./days";

const noon = (year: number, month: number, day: number) =>
  new Date(year, month - 1, day, 12).getTime();

it("names today, yesterday and older days", () => {
  const now = noon(2026, 11, 23);
  const label = (year: number, month: number, day: number) =>
    dayLabel(dayStart(noon(year, month, day)), now);
  expect(label(2026, 11, 23)).toBe("Today");
  expect(label(2026, 11, 22)).toBe("Yesterday");
  expect(label(2026, 11, 21)).toMatch(/^Saturday,? 21 November$/);
  expect(label(2025, 12, 31)).toContain("2025");
});

it("groups by the local day, not by the UTC day", () => {
  const midnight = new Date(2026, 0, 1).getTime();
  expect(dayStart(new Date(2026, 0, 1, 0, 5).getTime())).toBe(midnight);
  expect(dayStart(new Date(2026, 0, 1, 23, 55).getTime())).toBe(midnight);
});

it("labels the start of each month and each year in the scrubber", () => {
  const sections = [
    { day: noon(2026, 2, 10), top: 0 },
    { day: noon(2026, 2, 1), top: 100 },
    { day: noon(2026, 1, 20), top: 400 },
    { day: noon(2025, 12, 30), top: 800 },
  ];
  expect(scrubMarks(sections, 1000, 500)).toEqual([
    { label: "Feb", y: 0, year: false },
    { label: "Jan", y: 200, year: false },
    { label: "2025", y: 400, year: true },
  ]);
});

it("drops labels that would overlap, but keeps years", () => {
  const sections = [
    { day: noon(2026, 3, 10), top: 0 },
    { day: noon(2026, 2, 1), top: 10 },
    { day: noon(2025, 12, 30), top: 20 },
  ];
  expect(scrubMarks(sections, 1000, 500)).toEqual([{ label: "2025", y: 10, year: true }]);
});
