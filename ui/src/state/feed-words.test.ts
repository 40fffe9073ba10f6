import { expect, it } from "vitest";
import { aTransferSummary } from "../testing/fixtures";
import { aFeedSettings, aFeedStatus, aPublishedFeed } from "../testing/feed-fixtures";
import { feedPart, feedStateWords, goingOut, previewWords, shorterAddress } from "./feed-words";

it("names every state of publishing", () => {
  const words = (part: Parameters<typeof aPublishedFeed>[0]) =>
    feedStateWords(aPublishedFeed(part), null);
  expect(words({})).toBe("Published, 316 images");
  expect(words({ activity: "publishing", images: 40, published: 12 })).toBe("Publishing, 12 of 40");
  expect(words({ activity: "publishing", changes: 3 })).toBe("Publishing 3 changes");
  expect(words({ activity: "publishing", waiting_files: 1 })).toBe("Publishing, 1 file left");
  expect(words({ activity: "taking_back", waiting_files: 12 })).toBe(
    "Being removed, 12 files left",
  );
  expect(words({ activity: "not_published" })).toBe("Not published");
});

it("says why changes wait", () => {
  const waiting = aPublishedFeed({ activity: "waiting", changes: 3 });
  expect(feedStateWords(waiting, null)).toBe("3 changes waiting");
  expect(feedStateWords(waiting, aTransferSummary({ activity: "paused" }))).toBe(
    "3 changes waiting. Transfers are paused.",
  );
  const problem = { code: "Credentials", message: "" } as const;
  const refused = aTransferSummary({ activity: "needs_attention", problem });
  expect(feedStateWords(waiting, refused)).toContain("The bucket refused the key.");
});

it("shows the progress of a publication, not of a change", () => {
  expect(feedPart(aPublishedFeed({ activity: "publishing", images: 40, published: 10 }))).toBe(
    0.25,
  );
  expect(feedPart(aPublishedFeed({ activity: "publishing", changes: 3 }))).toBeNull();
  expect(feedPart(aPublishedFeed())).toBeNull();
});

it("lists what goes out for each choice of details", () => {
  const status = aFeedStatus({ images: 3, left_out: 1, problem_count: 2 });
  const shown = goingOut(status, aFeedSettings());
  expect(shown[0]).toContain("3 public images");
  expect(shown).toContain("Prompts, models and parameters are shown.");
  expect(shown).toContain("Location and camera are removed from the files.");
  expect(shown).toContain("1 sensitive image is left out.");
  expect(shown).toContain("2 images cannot be published as they are now.");
  expect(shown.some((line) => line.startsWith("Browsers and caches"))).toBe(true);
  const all = { show: 0, prompt: 0, hide: 3, keep_camera: 3 };
  const hidden = goingOut({ ...status, shown: all }, aFeedSettings());
  expect(hidden).toContain("Prompts, models and parameters are removed, also from the files.");
  expect(hidden).toContain("Location and camera stay in the files.");
});

it("lists what goes out of images that say otherwise than their profile", () => {
  const shown = { show: 1, prompt: 2, hide: 3, keep_camera: 4 };
  const lines = goingOut(aFeedStatus({ images: 6, shown }), aFeedSettings({ details: "hide" }));
  expect(lines.slice(1, 5)).toEqual([
    "Prompts, models and parameters of 1 image are shown.",
    "Prompts of 2 images are shown. Their models and parameters are removed, also from the files.",
    "Prompts, models and parameters of 3 images are removed, also from the files.",
    "Location and camera stay in the files of 4 images, and are removed from the others.",
  ]);
});

it("without images, lists what will go out of each by the settings of the profile", () => {
  const settings = aFeedSettings({ details: "prompt", keep_camera: true });
  expect(goingOut(aFeedStatus(), settings).slice(1, 3)).toEqual([
    "Prompts are shown. Models and parameters are removed, also from the files.",
    "Location and camera stay in the files.",
  ]);
});

it("warns of r2.dev only for an address on it", () => {
  const warns = (part: Parameters<typeof aFeedStatus>[0]) =>
    goingOut(aFeedStatus(part), aFeedSettings()).some((line) => line.includes("r2.dev"));
  const address = "https://pub-1.r2.dev/feed/ana/index.html";
  expect(warns({ address })).toBe(true);
  expect(warns({ address, has_own_domain: true })).toBe(false);
  expect(warns({})).toBe(false);
});

it("says what a preview leaves out", () => {
  const problems = [{ image_id: null, filename: "a.png", reason: "No." }];
  expect(previewWords({ images: 5, left_out: 0, problems: [] })).toBe(
    "The preview is open in your browser, with 5 images.",
  );
  expect(previewWords({ images: 5, left_out: 2, problems })).toMatch(
    /2 sensitive images are left out\. 1 image is not published\.$/,
  );
});

it("shortens an address to its folder", () => {
  expect(shorterAddress("https://a.example/feed/ana/index.html")).toBe(
    "https://a.example/feed/ana/",
  );
});
