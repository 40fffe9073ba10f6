import { expect, it, vi } from "vitest";
import type { Outcomes } from "./outcomes";
import { Wishes, type Settled } from "./wishes";

type Call = { ids: string[]; value: string; answer: (report: Outcomes) => void; fail: () => void };

function wishes() {
  const calls: Call[] = [];
  const settled: Settled<string>[] = [];
  const box = new Wishes<string>(
    (ids, value) =>
      new Promise((resolve, reject) => {
        calls.push({ ids, value, answer: resolve, fail: () => reject(new Error("lost")) });
      }),
    (outcome) => settled.push(outcome),
  );
  const call = (index: number): Call => {
    const found = calls[index];
    if (!found) throw new Error(`no call ${index}`);
    return found;
  };
  return { box, calls, settled, call };
}
const done = (...ids: string[]): Outcomes => ({ done: ids, failed: [] });
const one = [{ id: "a", now: "unlisted" }];

it("sends a single wish at once, and settles when it is confirmed", async () => {
  const { box, settled, call } = wishes();
  box.wish(one, "public");
  call(0).answer(done("a"));
  await vi.waitFor(() =>
    expect(settled).toEqual([{ confirmed: [{ id: "a", value: "public" }], failed: [] }]),
  );
});

it("keeps one call in flight and then sends only the newest wish", async () => {
  const { box, calls, settled, call } = wishes();
  box.wish(one, "public");
  box.wish(one, "unlisted");
  box.wish(one, "public");
  box.wish(one, "unlisted");
  expect(calls).toHaveLength(1);
  call(0).answer(done("a"));
  await vi.waitFor(() => expect(calls).toHaveLength(2));
  expect(call(1)).toMatchObject({ ids: ["a"], value: "unlisted" });
  call(1).answer(done("a"));
  await vi.waitFor(() =>
    expect(settled).toEqual([{ confirmed: [{ id: "a", value: "unlisted" }], failed: [] }]),
  );
  expect(calls).toHaveLength(2);
});

it("sends nothing more if the first call already fulfils the last wish", async () => {
  const { box, calls, settled, call } = wishes();
  box.wish(one, "public");
  box.wish(one, "unlisted");
  box.wish(one, "public");
  call(0).answer(done("a"));
  await vi.waitFor(() => expect(settled).toHaveLength(1));
  expect(calls).toHaveLength(1);
});

it("rolls back to what was confirmed when the last wish fails", async () => {
  const { box, settled, call, calls } = wishes();
  box.wish(one, "public");
  box.wish(one, "unlisted");
  call(0).answer(done("a"));
  await vi.waitFor(() => expect(calls).toHaveLength(2));
  call(1).fail();
  await vi.waitFor(() => expect(settled).toHaveLength(1));
  expect(settled[0]?.failed).toEqual([{ id: "a", value: "public", error: new Error("lost") }]);
});

it("forgets a failure that a newer wish made irrelevant", async () => {
  const { box, settled, call } = wishes();
  box.wish(one, "public");
  box.wish(one, "unlisted");
  call(0).fail();
  await vi.waitFor(() =>
    expect(settled).toEqual([{ confirmed: [{ id: "a", value: "unlisted" }], failed: [] }]),
  );
});

it("sends many images in one call and settles each on its own", async () => {
  const { box, calls, settled, call } = wishes();
  box.wish(
    ["a", "b", "c"].map((id) => ({ id, now: "unlisted" })),
    "public",
  );
  expect(call(0).ids).toEqual(["a", "b", "c"]);
  box.wish([{ id: "b", now: "public" }], "unlisted");
  call(0).answer({ done: ["a", "b"], failed: [{ id: "c", error: "refused" }] });
  await vi.waitFor(() => expect(calls).toHaveLength(2));
  expect(call(1)).toMatchObject({ ids: ["b"], value: "unlisted" });
  expect(settled.flatMap((each) => each.failed)).toEqual([
    { id: "c", value: "unlisted", error: "refused" },
  ]);
  expect(settled.flatMap((each) => each.confirmed)).toEqual([{ id: "a", value: "public" }]);
});

it("a slow image does not delay another", () => {
  const { box, calls, call } = wishes();
  box.wish([{ id: "a", now: "unlisted" }], "public");
  box.wish([{ id: "b", now: "unlisted" }], "public");
  expect(calls).toHaveLength(2);
  expect(call(1).ids).toEqual(["b"]);
});
