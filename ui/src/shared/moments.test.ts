import { expect, it } from "vitest";
import { momentProblem, readMoment } from "./moments";
import { dateTime } from "./text";

const local = (...parts: [number, number, number, number?, number?, number?]) => {
  const [year, month, day, hour = 12, minute = 0, second = 0] = parts;
  return new Date(year, month - 1, day, hour, minute, second).getTime();
};

it.each([
  ["2019-06-01", local(2019, 6, 1)],
  ["2019-6-1 9:05", local(2019, 6, 1, 9, 5)],
  ["2019-06-01T14:30:05", local(2019, 6, 1, 14, 30, 5)],
  ["2019/06/01, 14:30", local(2019, 6, 1, 14, 30)],
  [" 1 Jun 2019, 14:30 ", local(2019, 6, 1, 14, 30)],
  ["1 june 2019", local(2019, 6, 1)],
  ["1 Sept 2019", local(2019, 9, 1)],
  ["29 Feb 2020", local(2020, 2, 29)],
])("reads %s", (text, at) => {
  expect(readMoment(text)).toBe(at);
});

it.each([
  "",
  "yesterday",
  "2019",
  "2019-13-01",
  "2019-02-29",
  "31 Jun 2019",
  "1 Foo 2019",
  "2019-06-01 25:00",
  "2019-06-01 12:60",
  "1 Jun 2019 to 3 Jun 2019",
  "01/06/2019",
])("does not take %o for a date", (text) => {
  expect(readMoment(text)).toBeNull();
  expect(momentProblem(text)).toMatch(/^Write a date/);
});

it("reads dates as they are shown", () => {
  for (let month = 1; month <= 12; month++) {
    const at = local(2023, month, 28, 23, 59);
    expect(readMoment(dateTime(at))).toBe(at);
  }
});

it("accepts only years in which pictures can be made", () => {
  expect(momentProblem("1825-12-31")).toMatch(/1826 and 2100/);
  expect(momentProblem("1826-01-02")).toBeNull();
  expect(momentProblem("2100-12-31")).toBeNull();
  expect(momentProblem("2101-01-01")).toMatch(/1826 and 2100/);
});
