import { expect, it } from "vitest";
import { spanFor, spanHeight, type Span } from "./scroll-span";

const TOTAL = 41_000_000;
const VIEW = 800;
const start: Span = { origin: 0, height: spanHeight(TOTAL) };

it("shows a short grid as it is", () => {
  const span = { origin: 0, height: spanHeight(5000) };
  expect(spanFor(span, 4200, VIEW, 5000)).toEqual({ origin: 0, height: 5000 });
});

it("covers a grid of a million images within the limit of browsers", () => {
  let span = start;
  for (const part of [0, 0.0001, 0.3, 0.31, 0.999, 1, 0.5, 0]) {
    const top = part * (TOTAL - VIEW);
    span = spanFor(span, top, VIEW, TOTAL);
    expect(span.height).toBeLessThan(10_000_000);
    expect(top).toBeGreaterThanOrEqual(span.origin);
    expect(top + VIEW).toBeLessThanOrEqual(span.origin + span.height);
    expect(span.origin + span.height).toBeLessThanOrEqual(TOTAL);
  }
});

it("stays while the reader is not near its ends", () => {
  const span = spanFor(start, 20_000_000, VIEW, TOTAL);
  expect(spanFor(span, 20_900_000, VIEW, TOTAL)).toEqual(span);
  expect(spanFor(span, 21_900_000, VIEW, TOTAL).origin).toBeGreaterThan(span.origin);
});

it("follows a grid that becomes shorter", () => {
  const span = spanFor(start, TOTAL - VIEW, VIEW, TOTAL);
  expect(spanFor(span, 2000, VIEW, 3000)).toEqual({ origin: 0, height: 3000 });
});
