// What the commands of a made-up host share.
import type {
  ActionReport,
  BucketSettings,
  BucketStatus,
  CameraChoice,
  DetailsChoice,
  Duplicates,
  FeedSettings,
  FeedStatus,
  ImageDetail,
  ImportSummary,
  MadeWith,
  SavedSearch,
  Settings,
  Tile,
  Transfer,
  TransferSummary,
  WatchedFolder,
} from "../../ipc/bindings";
import type { MadeUpCatalog, MadeUpCollection, MadeUpGallery } from "./catalog";
import type { Hub } from "./hub";

/** What a made-up library is like. */
export type HostSetup = {
  tiles: readonly Tile[];
  galleries: readonly MadeUpGallery[];
  collections: readonly MadeUpCollection[];
  /** what an image has beyond its tile and usual values */
  detailOf: (tile: Tile) => Partial<ImageDetail>;
  madeWith: (catalog: MadeUpCatalog) => MadeWith;
  duplicates: Duplicates;
  saved: readonly SavedSearch[];
  watched: readonly WatchedFolder[];
  settings: Settings;
  bucket: BucketSettings;
  bucketStatus: BucketStatus;
  feedSettings: Required<FeedSettings>;
  feedStatus: FeedStatus;
  transfers: readonly Transfer[];
  summary: TransferSummary;
  /** what an import does */
  bring: () => Promise<ImportSummary>;
  /** when the images were imported, in ms since 1970 */
  importedAt: number;
  /** answers take a while, as those of a real host do */
  isSlow: boolean;
};

/** Nothing is left to a profile or to chance: each choice is there. */
export type OwnTerms = { details: DetailsChoice; camera: CameraChoice };

export const termsOf = (terms: ReadonlyMap<string, OwnTerms>, id: string): OwnTerms =>
  terms.get(id) ?? { details: "profile", camera: "profile" };

export type HostParts = {
  setup: HostSetup;
  catalog: MadeUpCatalog;
  hub: Hub;
  /** what single images say about their public copies */
  terms: Map<string, OwnTerms>;
  /** lets some ms pass, in a slow host */
  wait: (ms: number) => Promise<void>;
  /** answers with a copy, after a while in a slow host */
  later: <T>(value: T) => Promise<T>;
  /** sends the event of an action before its answer, as a real host does */
  told: (how: "added" | "changed" | "removed", report: ActionReport) => ActionReport;
};
