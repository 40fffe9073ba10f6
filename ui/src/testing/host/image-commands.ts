// Owns what a made-up host answers about images, and does to them.
import type { commands as real } from "../../ipc/bindings";
import { type HostParts, termsOf } from "./parts";
import { summaryOf } from "./summary";

type Names =
  | "listImages"
  | "getTiles"
  | "getImage"
  | "selectionSummary"
  | "setSensitive"
  | "setRating"
  | "setFavourite"
  | "putNotes"
  | "putEdits"
  | "setVisibility"
  | "editImage"
  | "revertEdit"
  | "setMade"
  | "revertMade"
  | "putMade"
  | "rawMetadata"
  | "parametersText"
  | "saveWorkflow"
  | "removeImages"
  | "removeDuplicates"
  | "restoreImages"
  | "emptyTrash"
  | "counts"
  | "getLinks"
  | "openLink"
  | "dragImages"
  | "copyText"
  | "copyPicture"
  | "saveCopies"
  | "cancelSaving"
  | "openCopy"
  | "revealCopy"
  | "useAsReferences"
  | "madeWith"
  | "linkReferences"
  | "unlinkReference"
  | "moreLike"
  | "findDuplicates"
  | "cancelDuplicates";

const A1111 = "a lighthouse at dusk\nSteps: 30, Sampler: Euler";

export function imageCommands({ catalog, later, setup, terms, told, wait }: HostParts) {
  const noteOf = (id: string) => {
    const [tile] = catalog.tiles([id]);
    return tile ? catalog.detail(tile).note : "";
  };
  const commands: Pick<typeof real, Names> = {
    listImages: async (view, order, { limit, cursor }) => {
      await wait(30);
      const tiles = catalog.inView(view, order);
      const from = cursor === null ? 0 : tiles.findIndex(({ id }) => id === cursor) + 1;
      const page = tiles.slice(from, from + limit);
      const is_done = from + limit >= tiles.length;
      return { page, is_done, continue_cursor: is_done ? null : (page.at(-1)?.id ?? null) };
    },
    getTiles: (ids) => later(catalog.tiles(ids)),
    getImage: async (id) => {
      await wait(30);
      const [tile] = catalog.tiles([id]);
      if (!tile) throw { code: "NotFound", message: "" };
      return catalog.detail(tile);
    },
    selectionSummary: async (ids) => {
      await wait(80);
      return summaryOf(
        catalog.tiles(ids).map((tile) => catalog.detail(tile)),
        (id) => termsOf(terms, id),
      );
    },
    setVisibility: async (ids, visibility, insteadOf) => {
      await wait(200);
      return told("changed", catalog.replace(ids, "visibility", visibility, insteadOf));
    },
    setSensitive: async (ids, sensitive, insteadOf) => {
      await wait(200);
      return told("changed", catalog.replace(ids, "sensitive", sensitive, insteadOf));
    },
    setRating: async (ids, rating, insteadOf) => {
      await wait(200);
      return told("changed", catalog.replace(ids, "rating", rating, insteadOf));
    },
    setFavourite: async (ids, favourite, insteadOf) => {
      await wait(200);
      return told("changed", catalog.replace(ids, "favourite", favourite, insteadOf));
    },
    putNotes: async (notes) => {
      await wait(200);
      const done = notes.flatMap(({ ids }) => ids);
      const before = notes.flatMap(({ text, ids }) =>
        ids.map((id) => ({ text: noteOf(id), ids: [id], instead_of: text })),
      );
      for (const { text, ids } of notes) for (const id of ids) catalog.edit(id, { note: text });
      return { report: told("changed", { done, failed: [] }), before };
    },
    putEdits: async (field, edits) => {
      await wait(200);
      const done = edits.flatMap(({ ids }) => ids);
      const before = done.map((id) => ({ text: catalog.written(id, field), ids: [id] }));
      for (const { text, ids } of edits) {
        for (const id of ids) {
          if (text === null) catalog.revert(id, field);
          else catalog.edit(id, { [field]: text });
        }
      }
      return { report: told("changed", { done, failed: [] }), before };
    },
    editImage: (id, edit) => {
      const written = Object.entries(edit).filter(([, text]) => text !== null);
      catalog.edit(id, Object.fromEntries(written));
      return commands.getImage(id);
    },
    revertEdit: (id, field) => {
      catalog.revert(id, field);
      return commands.getImage(id);
    },
    setMade: (ids, at) =>
      commands.putMade(ids.map((id) => ({ id, made: { at, from: "artist" }, instead_of: null }))),
    revertMade: (ids) =>
      commands.putMade(
        ids.map((id) => ({ id, made: { at: setup.importedAt, from: "import" }, instead_of: null })),
      ),
    putMade: async (dates) => {
      const before = catalog.date(dates);
      const done = dates.map(({ id }) => id);
      return { report: told("changed", { done, failed: [] }), before };
    },
    rawMetadata: () =>
      later([
        { name: "parameters", value: A1111, parts: [] },
        {
          name: "prompt",
          value: null,
          parts: [
            {
              name: "3",
              value: null,
              parts: [{ name: "seed", value: "18446744073709551615", parts: [] }],
            },
          ],
        },
      ]),
    parametersText: () => later(A1111),
    saveWorkflow: () => later(true),
    removeImages: async (ids, permanently) => {
      await wait(200);
      const trashed = { removed_at: Date.now() };
      return told("removed", permanently ? catalog.delete(ids) : catalog.change(ids, trashed));
    },
    removeDuplicates: async (unneeded) => {
      await wait(200);
      const ids = unneeded.map(({ id }) => id);
      return told("removed", catalog.change(ids, { removed_at: Date.now() }));
    },
    restoreImages: async (ids) => {
      await wait(200);
      return told("added", catalog.change(ids, { removed_at: null }));
    },
    emptyTrash: async () => {
      const trashed = catalog.inView({ view: "trash" }).map(({ id }) => id);
      return told("removed", catalog.delete(trashed));
    },
    counts: () => later(catalog.counts()),
    getLinks: (ids) =>
      later(
        catalog.tiles(ids).flatMap((tile) => {
          const { id, url } = catalog.detail(tile);
          return url === null ? [] : [{ id, url }];
        }),
      ),
    openLink: () => later(null),
    dragImages: () => later(null),
    copyPicture: () => later(null),
    saveCopies: async (ids) => {
      await wait(500);
      return { done: ids, failed: [] };
    },
    cancelSaving: () => later(null),
    openCopy: () => later(null),
    revealCopy: () => later(null),
    useAsReferences: (ids) => later({ done: ids, failed: [] }),
    copyText: async (text) => (await navigator.clipboard.writeText(text), null),
    madeWith: () => later(setup.madeWith(catalog)),
    linkReferences: () => later(null),
    unlinkReference: () => later(null),
    moreLike: (id) => later([{ by: "looks", query: `similar:${id}` }]),
    findDuplicates: () => later(setup.duplicates),
    cancelDuplicates: () => later(null),
  };
  return commands;
}
