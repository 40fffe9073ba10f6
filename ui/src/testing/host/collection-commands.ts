// Owns what a made-up host answers about galleries, collections, searches, watched folders and imports.
import type { commands as real } from "../../ipc/bindings";
import type { PlacedImages } from "../../ipc/bindings";
import type { MadeUpCollection, MadeUpGallery } from "./catalog";
import type { HostParts } from "./parts";

type Names =
  | "listGalleries"
  | "createGallery"
  | "renameGallery"
  | "arrangeGalleries"
  | "setGalleryCover"
  | "deleteGallery"
  | "addToGallery"
  | "takeFromGallery"
  | "restoreGallery"
  | "placesInGallery"
  | "listCollections"
  | "createCollection"
  | "renameCollection"
  | "arrangeCollections"
  | "setCollectionCover"
  | "deleteCollection"
  | "addToCollection"
  | "takeFromCollection"
  | "restoreCollection"
  | "placesInCollection"
  | "moveInCollection"
  | "explainSearch"
  | "searchFacets"
  | "savedSearches"
  | "saveSearch"
  | "forgetSearch"
  | "renameSearch"
  | "arrangeSearches"
  | "watchedFolders"
  | "watchFolderWithDialog"
  | "settleWatchOffer"
  | "setWatchIgnored"
  | "unwatchFolder"
  | "importWithDialog"
  | "importDropped"
  | "offeredFiles"
  | "importOffered"
  | "declineOffered"
  | "cancelImport";

export function collectionCommands({
  catalog,
  later,
  setup,
  told,
}: HostParts): Pick<typeof real, Names> {
  let saved = [...setup.saved];
  let watched = [...setup.watched];
  const members = (id: string) =>
    catalog.galleries.find((gallery) => gallery.id === id)?.members ?? new Set<string>();
  const deletedGalleries: MadeUpGallery[] = [];
  const deletedCollections: MadeUpCollection[] = [];
  /** Restores a set that was deleted, as the last one. */
  const back = <Set extends { id: string }>(deleted: Set[], id: string): Set[] => {
    const at = deleted.findIndex((set) => set.id === id);
    return at < 0 ? [] : deleted.splice(at, 1);
  };
  const placesIn = (members: readonly string[], images: readonly string[]): PlacedImages[] => {
    const found: PlacedImages[] = [];
    members.forEach((member, at) => {
      if (!images.includes(member)) return;
      const before = members[at - 1];
      const last = found.at(-1);
      const place = { images: [member], before: members[at + 1] ?? null };
      if (last && before !== undefined && last.images.includes(before)) {
        last.images.push(member);
        last.before = place.before;
      } else found.push(place);
    });
    return found;
  };
  const ordered = (id: string, change: (members: string[]) => string[]) => {
    for (const collection of catalog.collections) {
      if (collection.id === id) collection.members = change(collection.members);
    }
  };
  return {
    listGalleries: () => later(catalog.galleryList()),
    createGallery: (name) => {
      const id = `g${Date.now()}`;
      catalog.galleries = [...catalog.galleries, { id, name, members: new Set() }];
      return later(catalog.gallery(id));
    },
    renameGallery: (id, name) => {
      for (const gallery of catalog.galleries) if (gallery.id === id) gallery.name = name;
      return later(catalog.gallery(id));
    },
    arrangeGalleries: (ids) => {
      const all = catalog.galleries;
      catalog.galleries = ids.flatMap((id) => all.find((gallery) => gallery.id === id) ?? []);
      return later(catalog.galleryList());
    },
    setGalleryCover: (id, cover) => {
      catalog.cover(id, cover);
      return later(catalog.gallery(id));
    },
    deleteGallery: (id) => {
      deletedGalleries.push(...catalog.galleries.filter((gallery) => gallery.id === id));
      catalog.galleries = catalog.galleries.filter((gallery) => gallery.id !== id);
      return later(null);
    },
    restoreGallery: (id) => {
      catalog.galleries = [...catalog.galleries, ...back(deletedGalleries, id)];
      return later(catalog.gallery(id));
    },
    placesInGallery: (id, images) => later(placesIn([...members(id)], images)),
    addToGallery: (id, images) => {
      for (const image of images) members(id).add(image);
      return later(told("changed", { done: images, failed: [] }));
    },
    takeFromGallery: (id, images) => {
      for (const image of images) members(id).delete(image);
      return later(told("changed", { done: images, failed: [] }));
    },
    listCollections: () => later(catalog.collectionList()),
    createCollection: (name) => {
      const id = `c${Date.now()}`;
      catalog.collections = [...catalog.collections, { id, name, members: [] }];
      return later(catalog.collection(id));
    },
    renameCollection: (id, name) => {
      for (const collection of catalog.collections) {
        if (collection.id === id) collection.name = name;
      }
      return later(catalog.collection(id));
    },
    arrangeCollections: (ids) => {
      const all = catalog.collections;
      catalog.collections = ids.flatMap((id) => all.find((other) => other.id === id) ?? []);
      return later(catalog.collectionList());
    },
    setCollectionCover: (id, cover) => {
      catalog.cover(id, cover);
      return later(catalog.collection(id));
    },
    deleteCollection: (id) => {
      deletedCollections.push(...catalog.collections.filter((other) => other.id === id));
      catalog.collections = catalog.collections.filter((other) => other.id !== id);
      return later(null);
    },
    restoreCollection: (id) => {
      catalog.collections = [...catalog.collections, ...back(deletedCollections, id)];
      return later(catalog.collection(id));
    },
    placesInCollection: (id, images) =>
      later(placesIn(catalog.collections.find((other) => other.id === id)?.members ?? [], images)),
    addToCollection: (id, images) => {
      ordered(id, (members) => [...new Set([...members, ...images])]);
      return later(told("changed", { done: images, failed: [] }));
    },
    takeFromCollection: (id, images) => {
      ordered(id, (members) => members.filter((member) => !images.includes(member)));
      return later(told("changed", { done: images, failed: [] }));
    },
    moveInCollection: (id, images, before) => {
      ordered(id, (members) => {
        const rest = members.filter((member) => !images.includes(member));
        const at = before === null ? rest.length : rest.indexOf(before);
        return [...rest.slice(0, at), ...images, ...rest.slice(at)];
      });
      told("changed", { done: images, failed: [] });
      return later(null);
    },
    explainSearch: () => later([]),
    searchFacets: () =>
      later({
        models: [
          { name: "sdxl_base_1.0", images: 3120 },
          { name: "flux1-dev", images: 1490 },
        ],
        tools: [{ name: "comfyui", images: 4600 }],
      }),
    savedSearches: () => later(saved),
    saveSearch: (search) => {
      const isNew = !saved.some(({ name }) => name === search.name);
      const others = saved.map((other) => (other.name === search.name ? search : other));
      return later((saved = isNew ? [...saved, search] : others));
    },
    forgetSearch: (name) => later((saved = saved.filter((search) => search.name !== name))),
    renameSearch: (name, to) =>
      later(
        (saved = saved.map((search) => (search.name === name ? { ...search, name: to } : search))),
      ),
    arrangeSearches: (names) =>
      later((saved = names.flatMap((name) => saved.find((search) => search.name === name) ?? []))),
    watchedFolders: () => later(watched),
    watchFolderWithDialog: () => {
      const id = watched.length + 1;
      const path = `/home/ana/outputs-${id}`;
      const folder = { id, path, ignored: [], offered: 12, is_there: true };
      watched = [...watched, folder];
      return later(folder);
    },
    settleWatchOffer: (id) => {
      watched = watched.map((folder) => (folder.id === id ? { ...folder, offered: 0 } : folder));
      return later(null);
    },
    setWatchIgnored: (id, ignored) => {
      watched = watched.map((folder) => (folder.id === id ? { ...folder, ignored } : folder));
      return later(null);
    },
    unwatchFolder: (id) => {
      watched = watched.filter((folder) => folder.id !== id);
      return later(null);
    },
    importWithDialog: () => setup.bring(),
    importDropped: () => setup.bring(),
    offeredFiles: () => later(null),
    importOffered: () => setup.bring(),
    declineOffered: () => later(null),
    cancelImport: () => later(null),
  };
}
