// Owns what a made-up host answers about the published feed, and does to it.
import type { commands as real, FeedStatus } from "../../ipc/bindings";
import { somePublicTerms } from "../feed-fixtures";
import { type HostParts, termsOf } from "./parts";

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

const STEPS = 8;

export function feedCommands({
  catalog,
  hub,
  later,
  setup,
  terms,
  told,
  wait,
}: HostParts): Pick<typeof real, Names> {
  let settings = setup.feedSettings;
  let status = setup.feedStatus;
  let avatar: string | null = null;
  let stopPreview: (() => void) | null = null;
  let renewed = 0;

  const change = (part: Partial<FeedStatus>): void => {
    status = { ...status, ...part };
    hub.send("feedChanged", null);
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
    saveFeedSettings: (next) => later((settings = { ...settings, ...next })),
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
      const images = catalog.counts().feed;
      return { images, left_out, files: images * 4 + 6, size_bytes: images * 2e6, problems };
    },
    cancelPreview: () => {
      stopPreview?.();
      return later(null);
    },
    openFeed: () => later(null),
    chooseFeedAvatar: () => {
      avatar = "5a";
      return later(true);
    },
    removeFeedAvatar: () => {
      avatar = null;
      return later(null);
    },
    feedAvatar: () => later(avatar),
    publicTerms: (id) => {
      const [tile] = catalog.tiles([id]);
      const chosen = termsOf(terms, id);
      const own = {
        details: chosen.details === "profile" ? null : chosen.details,
        keep_camera: chosen.camera === "profile" ? null : chosen.camera === "keep",
      };
      const details = own.details ?? settings.details;
      const usual = somePublicTerms();
      const { address, is_on, problems } = status;
      const isPublic = tile?.visibility === "public";
      const keepsCamera = own.keep_camera ?? settings.keep_camera;
      const shown = { show: 3, prompt: 1, hide: 0 }[details];
      return later({
        ...usual,
        ...own,
        is_public: isPublic,
        is_feed_on: is_on,
        address:
          isPublic && is_on && address ? address.replace("index.html", `i/${id}.html`) : null,
        shown: usual.shown.slice(0, shown),
        removed: [
          ...(details === "show" ? [] : [{ kind: "prompt" } as const]),
          ...(keepsCamera ? [] : usual.removed),
        ],
        kept: usual.kept.filter(({ kind }) => kind !== "prompt" || details === "show"),
        refusal: problems.find(({ image_id }) => image_id === id)?.reason ?? null,
      });
    },
    setPublicTerms: (ids, edit) => {
      const before = ids.map((id) => ({ terms: termsOf(terms, id), ids: [id] }));
      for (const id of ids) {
        const had = termsOf(terms, id);
        terms.set(id, {
          details: edit.details ?? had.details,
          camera: edit.camera ?? had.camera,
        });
      }
      return later({ ...told("changed", { done: ids, failed: [] }), before });
    },
    newLink: (id) => {
      catalog.edit(id, { url: `https://img.example.art/generated/ana/new-${++renewed}.png` });
      return later(told("changed", { done: [id], failed: [] }));
    },
  };
}
