import { beforeEach, expect, it, vi } from "vitest";
import { aTile, i1 } from "../testing/ipc";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { App } = await import("./app.svelte");

async function started() {
  ipc.hold([aTile(i1)]);
  const app = new App();
  await app.start();
  for (const name of ["a", "b", "c"]) {
    await app.search.set(`query ${name}`);
    await app.savedSearches.save(name);
  }
  const names = () => app.savedSearches.list.map((saved) => saved.name).join("");
  return { app, names, searches: app.savedSearches };
}

beforeEach(() => ipc.reset());

it("saved searches are renamed, moved and deleted, each with undo", async () => {
  const { app, names, searches } = await started();
  await searches.moveTo("c", 0);
  expect(names()).toBe("cab");
  await searches.rename("a", "x");
  expect(names()).toBe("cxb");
  await searches.delete("x");
  expect(names()).toBe("cb");
  await app.undo();
  expect(names()).toBe("cxb");
  expect(searches.list[1]?.query).toBe("query a");
  await app.undo();
  await app.undo();
  expect(names()).toBe("abc");
});

it("an edited search replaces its query, and undo brings the former one back", async () => {
  const { app, searches } = await started();
  const query = () => searches.list.find(({ name }) => name === "b")?.query;
  const [, b] = searches.list;
  if (b) await searches.edit(b);
  expect([app.search.text, searches.editing]).toEqual(["query b", "b"]);
  await app.search.set("query b -fog");
  expect(searches.editing, "while it is typed").toBe("b");
  await searches.saveEdited();
  expect([query(), searches.editing]).toEqual(["query b -fog", null]);
  expect(searches.list.length).toBe(3);
  await app.undo();
  expect(query()).toBe("query b");
});

it("editing ends when another search begins", async () => {
  const { app, searches } = await started();
  const [a, b] = searches.list;
  if (a) await searches.edit(a);
  if (b) await searches.open(b);
  expect(searches.editing).toBeNull();
  if (a) await searches.edit(a);
  app.library.open({ view: "history" });
  await app.search.set("something else");
  expect(searches.editing).toBeNull();
});
