// Stands in for the host, with a library that is made up: for component tests, and
// to look at the interface in a browser (npm run dev:mock). Its commands have the
// types of the contract, so it has to follow when that changes.
import type { ImportSummary, OrderBy, View } from "../../ipc/bindings";
import type * as contract from "../../ipc/bindings";
import { ImageIndex } from "../../state/image-index";
import { aBootstrap, aBucketSettings } from "../fixtures";
import { aFeedSettings, aFeedStatus } from "../feed-fixtures";
import { pack } from "../pack";
import { MadeUpCatalog } from "./catalog";
import { collectionCommands } from "./collection-commands";
import { feedCommands } from "./feed-commands";
import type { Hub } from "./hub";
import { imageCommands } from "./image-commands";
import type { HostParts, HostSetup } from "./parts";
import { setupCommands } from "./setup-commands";

/** The summary of an import without files. */
export const nothingImported: ImportSummary = {
  imported: 0,
  duplicates: 0,
  in_trash: 0,
  trashed: [],
  switched: 0,
  rejected: 0,
  passed_over: { kinds: [], counted: 0, hidden: 0, links: 0, libraries: 0, others: 0 },
  cancelled: false,
  done: 0,
  total: 0,
  files: [],
};

/** An empty library without a bucket, which answers at once. */
function usualSetup(): HostSetup {
  const { bucket, settings, transfers } = aBootstrap();
  return {
    tiles: [],
    galleries: [],
    collections: [],
    detailOf: () => ({}),
    madeWith: () => ({ linked: [], suggested: [] }),
    duplicates: { groups: [], left_out: 0, not_compared: 0, is_complete: true },
    saved: [],
    watched: [],
    settings,
    bucket: aBucketSettings(),
    bucketStatus: bucket,
    feedSettings: aFeedSettings(),
    feedStatus: aFeedStatus(),
    transfers: [],
    summary: transfers,
    bring: () => Promise.resolve(nothingImported),
    importedAt: Date.now(),
    isSlow: false,
  };
}

export type MadeUpHost = {
  catalog: MadeUpCatalog;
  commands: typeof contract.commands;
  viewIndex: (view: View, order: OrderBy) => Promise<ArrayBuffer>;
};

export function madeUpHost(hub: Hub, given: Partial<HostSetup> = {}): MadeUpHost {
  const setup = { ...usualSetup(), ...given };
  const catalog = new MadeUpCatalog(setup.tiles, setup, setup.detailOf);
  const wait = (ms: number) =>
    setup.isSlow ? new Promise<void>((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
  const later = async <T>(value: T): Promise<T> => {
    if (setup.isSlow) await wait(30);
    return structuredClone(value);
  };
  const told: HostParts["told"] = (how, report) => {
    const nothing = { added: [], changed: [], removed: [], reload: false };
    if (report.done.length > 0) hub.send("catalogChanged", { ...nothing, [how]: report.done });
    return report;
  };
  const parts: HostParts = { setup, catalog, hub, terms: new Map(), wait, later, told };
  return {
    catalog,
    commands: {
      ...imageCommands(parts),
      ...collectionCommands(parts),
      ...setupCommands(parts),
      ...feedCommands(parts),
    },
    viewIndex: async (view, order) => {
      await wait(30);
      return pack(ImageIndex.fromTiles(view, catalog.inView(view, order), order));
    },
  };
}
