// Owns what a made-up host answers about the published feed, and does to it.
import type { commands as real, FeedStatus, PublicDetails } from "../../ipc/bindings";
import { somePublicTerms } from "../feed-fixtures";
import type { HostParts } from "./parts";

type Names =
  | "feedSettings"
  | "saveFeedSettings"
  | "feedStatus"
  | "setFeedOn"
  | "previewFeed"
  | "cancelPreview"
  | "openFeed"
  | "chooseFeedAvatar"
  | "removeFeedAvatar"
  | "feedAvatar"
  | "publicTerms"
  | "setPublicTerms"
  | "newLink";

/** A picture of one pixel. */
const AVATAR =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mOIaroEAALoAa9uYpQ+AAAAAElFTkSuQmCC";
const STEPS = 8;

type Terms = { details: PublicDetails | null; keep_camera: boolean | null };

export function feedCommands({
  catalog,
  hub,
  later,
  setup,
  told,
  wait,
}: HostParts): Pick<typeof real, Names> {
  let settings = setup.feedSettings;
  let status = setup.feedStatus;
  let avatar: string | null = null;
  let stopPreview: (() => void) | null = null;
  let renewed = 0;
  const terms = new Map<string, Terms>();

  const change = (part: Partial<FeedStatus>): void => {
    status = { ...status, ...part };
    hub.send("feedChanged", status);
  };
  const publish = async (): Promise<void> => {
    for (let step = 1; step <= STEPS && status.is_on; step++) {
      await wait(400);
      change({ activity: "publishing", published: Math.round((status.images * step) / STEPS) });
    }
    if (status.is_on) change({ activity: "published", changes: 0, written_at: Date.now() });
  };
  const takeBack = async (): Promise<void> => {
    for (let left = STEPS; left >= 1 && !status.is_on; left--) {
      change({ activity: "taking_back", waiting_files: left * 3 });
      await wait(400);
    }
    if (!status.is_on) change({ activity: "off", published: 0, waiting_files: 0 });
  };

  return {
    feedSettings: () => later(settings),
    saveFeedSettings: (next) => later((settings = next)),
    feedStatus: () => later(status),
    setFeedOn: (on) => {
      settings = { ...settings, is_on: on };
      const activity = on ? "publishing" : "taking_back";
      status = { ...status, is_on: on, activity, images: catalog.counts().feed };
      if (setup.isSlow) void (on ? publish() : takeBack());
      return later(status);
    },
    previewFeed: async () => {
      const stopped = new Promise<true>((resolve) => (stopPreview = () => resolve(true)));
      if ((await Promise.race([wait(1500), stopped])) === true) {
        throw { code: "Cancelled", message: "" };
      }
      const { left_out, problems } = status;
      return { images: catalog.counts().feed, left_out, problems };
    },
    cancelPreview: () => {
      stopPreview?.();
      return later(null);
    },
    openFeed: () => later(null),
    chooseFeedAvatar: () => {
      avatar = AVATAR;
      return later(true);
    },
    removeFeedAvatar: () => {
      avatar = null;
      return later(null);
    },
    feedAvatar: () => later(avatar),
    publicTerms: (id) => {
      const [tile] = catalog.tiles([id]);
      const own = terms.get(id) ?? { details: null, keep_camera: null };
      const details = own.details ?? settings.details;
      const usual = somePublicTerms();
      const { address, is_on, problems } = status;
      const isPublic = tile?.visibility === "public";
      const shown = { show: 3, prompt: 2, hide: 1 }[details];
      return later({
        ...usual,
        ...own,
        is_public: isPublic,
        is_feed_on: is_on,
        address:
          isPublic && is_on && address ? address.replace("index.html", `i/${id}.html`) : null,
        goes_out: usual.goes_out.slice(0, shown),
        removed: [
          ...(details === "show" ? [] : ["Model and parameters"]),
          ...(details === "hide" ? ["Prompt"] : []),
          ...((own.keep_camera ?? settings.keep_camera) ? [] : usual.removed),
        ],
        refusal: problems.find(({ image_id }) => image_id === id)?.reason ?? null,
      });
    },
    setPublicTerms: (ids, details, keep_camera) => {
      for (const id of ids) terms.set(id, { details, keep_camera });
      return later(told("changed", { done: ids, failed: [] }));
    },
    newLink: (id) => {
      catalog.edit(id, { url: `https://img.example.art/generated/ana/new-${++renewed}.png` });
      return later(told("changed", { done: [id], failed: [] }));
    },
  };
}
