// Makes answers of the host about the published feed, each with usual values.
import { usualFeedSettings } from "../state/usual-feed";
import type { FeedSettings, FeedStatus, PublicTerms } from "../ipc/bindings";

/** Returns the settings of a feed that was never touched. */
export function aFeedSettings(part: FeedSettings = {}): Required<FeedSettings> {
  return { ...usualFeedSettings, ...part };
}

/** Returns the status of a feed that was never on. */
export function aFeedStatus(part: Partial<FeedStatus> = {}): FeedStatus {
  return {
    owner_id: "ana",
    is_on: false,
    activity: "off",
    reason: null,
    address: null,
    has_own_domain: false,
    images: 0,
    published: 0,
    changes: 0,
    waiting_files: 0,
    shown: { show: part.images ?? 0, prompt: 0, hide: 0, keep_camera: 0 },
    left_out: 0,
    problems: [],
    problem_count: 0,
    left_in_bucket: [],
    files: 0,
    size_bytes: 0,
    written_at: null,
    ...part,
  };
}

/** Returns the status of a feed on which every image is published. */
export function aPublishedFeed(part: Partial<FeedStatus> = {}): FeedStatus {
  return aFeedStatus({
    is_on: true,
    activity: "published",
    address: "https://img.example.art/feed/ana/index.html",
    has_own_domain: true,
    images: 316,
    published: 316,
    files: 1_290,
    size_bytes: 4.2e8,
    written_at: 1,
    ...part,
  });
}

/** Returns what goes out with an image of which everything is shown. */
export function somePublicTerms(part: Partial<PublicTerms> = {}): PublicTerms {
  return {
    details: null,
    keep_camera: null,
    is_public: false,
    is_feed_on: false,
    address: null,
    shown: [
      { label: "Prompt", value: "a lighthouse at dusk" },
      { label: "Model", value: "sdxl_base_1.0" },
      { label: "Steps", value: "30" },
    ],
    removed: [{ kind: "place" }, { kind: "camera" }],
    kept: [{ kind: "prompt" }, { kind: "profile" }],
    pixels_change: false,
    refusal: null,
    ...part,
  };
}
