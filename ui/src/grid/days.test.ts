import { expect, it } from "vitest";
import { dayKey, dayLabel, scrubMarks } from "./days";

const noon = (year: number, month: number, day: number) =>
  new Date(year, month - 1, day, 12).getTime();

it("names today, yesterday and older days", () => {
  const now = noon(2026, 11, 23);
  expect(dayLabel(dayKey(now), now)).toBe("Today");
  expect(dayLabel("2026-11-22", now)).toBe("Yesterday");
  expect(dayLabel("2026-11-21", now)).toMatch(/^Saturday,? 21 November$/);
  expect(dayLabel("2025-12-31", now)).toContain("2025");
});

it("groups by the local day, not by the UTC day", () => {
  expect(dayKey(new Date(2026, 0, 1, 0, 5).getTime())).toBe("2026-01-01");
  expect(dayKey(new Date(2026, 0, 1, 23, 55).getTime())).toBe("2026-01-01");
});

it("marks months in the scrubber where they begin and years where they change", () => {
  const sections = [
    { group: "2026-02-10", top: 0 },
    { group: "2026-02-01", top: 100 },
    { group: "2026-01-20", top: 400 },
    { group: "2025-12-30", top: 800 },
  ];
  expect(scrubMarks(sections, 1000, 500)).toEqual([
    { label: "Feb", y: 0, year: false },
    { label: "Jan", y: 200, year: false },
    { label: "2025", y: 400, year: true },
  ]);
});

it("drops labels that would overlap, but not a year", () => {
  const sections = [
    { group: "2026-03-10", top: 0 },
    { group: "2026-02-01", top: 10 },
    { group: "2025-12-30", top: 20 },
  ];
  expect(scrubMarks(sections, 1000, 500)).toEqual([{ label: "2025", y: 10, year: true }]);
});
