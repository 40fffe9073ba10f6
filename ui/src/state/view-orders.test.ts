import { beforeEach, expect, it, vi } from "vitest";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { loadMemory } = await import("./memory");
const { ordersIn, shuffled } = await import("./orders");
const { ViewOrders } = await import("./view-orders.svelte");

const history = { view: "history" } as const;
const feed = { view: "feed" } as const;
const collection = { view: "collection", collection: "c1" } as const;
const search = (query: string) => ({ view: "search", query, within: "history" }) as const;
const rating = { by: { by: "rating" }, reversed: true } as const;

beforeEach(async () => {
  ipc.reset();
  await loadMemory();
});

it("remembers the order of each view, and one for all searches", async () => {
  const orders = new ViewOrders();
  orders.choose(history, rating);
  orders.choose(search("fox"), { by: { by: "match" }, reversed: false });
  await vi.waitFor(() => expect(ipc.commands.remember).toHaveBeenCalledTimes(2));
  await loadMemory();
  const next = new ViewOrders();
  expect(next.of(history)).toEqual(rating);
  expect(next.of(feed).by).toEqual({ by: "made" });
  expect(next.of(search("wolf")).by).toEqual({ by: "match" });
  expect(next.of(collection).by).toEqual({ by: "manual" });
});

it("shows what looks most alike first, until another order is chosen for it", async () => {
  const orders = new ViewOrders();
  const alike = search("similar:1234 ");
  expect(orders.of(alike).by).toEqual({ by: "match" });
  expect(orders.of(search("similar ")).by).toEqual({ by: "made" });
  orders.choose(search("fox"), rating);
  expect(orders.of(alike).by).toEqual({ by: "match" });
  orders.choose(alike, rating);
  expect(orders.of(search("SIMILAR:5678 is:public "))).toEqual(rating);
});

it("offers the best match in searches only, and the own order in collections only", () => {
  expect(ordersIn(search("fox"))).toContain("match");
  expect(ordersIn(collection)).toContain("manual");
  for (const view of [history, feed]) {
    expect(ordersIn(view)).not.toContain("match");
    expect(ordersIn(view)).not.toContain("manual");
  }
  expect(ordersIn({ view: "trash" })).toEqual(["made"]);
});

it("forgets the order of the view that was ordered first, once there are too many", () => {
  const orders = new ViewOrders();
  const numbered = (at: number) => ({ view: "collection", collection: `c${at}` }) as const;
  for (let at = 0; at <= 200; at++) orders.choose(numbered(at), rating);
  expect(orders.of(numbered(0)).by).toEqual({ by: "manual" });
  expect(orders.of(numbered(1))).toEqual(rating);
  expect(orders.of(numbered(200))).toEqual(rating);
});

it("ignores what is no order", async () => {
  for (const odd of [
    "[1]",
    '{"history":{"by":{"by":"size"}}}',
    '{"history":{"by":"size","reversed":true}}',
  ]) {
    ipc.commands.windowMemory.mockResolvedValue({ orders: odd });
    await loadMemory();
    expect(new ViewOrders().of(history).by).toEqual({ by: "made" });
  }
});

it("shuffling again gives another order", () => {
  const same = () => 0.5;
  const first = shuffled({ by: "made" }, same);
  expect(first).toEqual({ by: "shuffle", seed: 2 ** 31 });
  expect(shuffled(first, same)).toEqual({ by: "shuffle", seed: 2 ** 31 + 1 });
});
