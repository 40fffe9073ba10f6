// Makes up a published feed, in the state that the address of the page asks for.
import type { FeedSettings, FeedStatus, Tile } from "../src/ipc/bindings";
import { aFeedSettings, aFeedStatus, aPublishedFeed } from "../src/testing/feed-fixtures";

const reasons = [
  "The text that is hidden in its pixels may not be cleared.",
  "Its metadata has a part that Vitrine does not know, so nothing can be removed safely.",
];

/** `state`: what publishing is doing; the feed was never on if it is null */
export function makeFeed(
  state: string | null,
  tiles: readonly Tile[],
): { feedSettings: Required<FeedSettings>; feedStatus: FeedStatus } {
  const shown = tiles.filter(({ visibility }) => visibility === "public");
  const images = shown.length;
  const problems = reasons.flatMap((reason, at) => {
    const { id, filename } = shown[at * 3] ?? {};
    return id !== undefined && filename !== undefined ? [{ image_id: id, filename, reason }] : [];
  });
  const known: Record<string, FeedStatus> = {
    published: aPublishedFeed({ images, published: images - problems.length, problems }),
    publishing: aPublishedFeed({ activity: "publishing", images: 40, published: 12, changes: 28 }),
    waiting: aPublishedFeed({ activity: "waiting", images, published: images, changes: 3 }),
    removing: aPublishedFeed({ is_on: false, activity: "taking_back", waiting_files: 12 }),
    r2dev: aPublishedFeed({
      address: "https://pub-3f1c9a.r2.dev/feed/ana/index.html",
      has_own_domain: false,
      images,
      published: images,
    }),
    refused: aPublishedFeed({
      activity: "not_published",
      reason: "The bucket has no public address. Enter one in Settings, under Bucket.",
      address: null,
    }),
  };
  const off = aFeedStatus({ images, address: aPublishedFeed().address, has_own_domain: true });
  const status = known[state ?? ""] ?? off;
  return {
    feedSettings: aFeedSettings({ is_on: status.is_on, title: "Ana draws light" }),
    feedStatus: { ...status, problem_count: status.problems.length },
  };
}
