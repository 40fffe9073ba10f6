// Owns the texts about the published feed: its state, and what goes out.
import type {
  FeedBuilt,
  FeedChoices,
  FeedSettings,
  FeedStatus,
  TransferSummary,
} from "../ipc/bindings";
import { transferProblemAdvice } from "../ipc/errors";
import { counted, number } from "../shared/text";

/** What cannot be taken back. */
export const KEPT_COPIES =
  "Browsers and caches may keep copies of what was seen, even after you take it back.";

/** Returns what publishing is doing: "Published, 316 images", "Publishing, 12 of 40". */
export function feedStateWords(status: FeedStatus, transfers: TransferSummary | null): string {
  switch (status.activity) {
    case "off":
      return "Not published";
    case "published":
      return `Published, ${counted(status.published, "image")}`;
    case "publishing":
      return publishingWords(status);
    case "waiting": {
      const why = waitingWords(transfers);
      return `${changesWords(status)} waiting${why === "" ? "" : `. ${why}`}`;
    }
    case "taking_back":
      return status.waiting_files > 0
        ? `Being removed, ${counted(status.waiting_files, "file")} left`
        : "Being removed";
    case "not_published":
      return "Not published";
  }
}

function publishingWords(status: FeedStatus): string {
  const { changes, published, waiting_files } = status;
  const images = publishable(status);
  if (published < images) return `Publishing, ${number(published)} of ${number(images)}`;
  if (changes > 0) return `Publishing ${counted(changes, "change")}`;
  return waiting_files > 0 ? `Publishing, ${counted(waiting_files, "file")} left` : "Publishing";
}

function changesWords({ changes, waiting_files }: FeedStatus): string {
  return changes > 0 ? counted(changes, "change") : counted(waiting_files, "file");
}

/** Returns why changes wait, in a sentence; empty if that is not known. */
function waitingWords(transfers: TransferSummary | null): string {
  switch (transfers?.activity) {
    case "paused":
      return "Transfers are paused.";
    case "offline":
      return transferProblemAdvice.Offline.text;
    case "waiting_for_keys":
      return "The new keys are not accepted yet.";
    case "not_configured":
      return "No bucket is connected.";
    case "elsewhere":
      return "Another Vitrine is uploading.";
    case "needs_attention":
      return transfers.problem ? transferProblemAdvice[transfers.problem.code].text : "";
    default:
      return "";
  }
}

/** Returns how many images can be on the page. */
function publishable({ images, problem_count }: FeedStatus): number {
  return Math.max(0, images - problem_count);
}

/** Returns how much of a feed is published while it goes out, 0 to 1; otherwise null. */
export function feedPart(status: FeedStatus): number | null {
  const { activity, published } = status;
  const images = publishable(status);
  return activity === "publishing" && published < images ? published / images : null;
}

/** Returns what goes out once the feed is switched on, a sentence each. */
export function goingOut(
  status: FeedStatus,
  settings: Pick<FeedSettings, "details" | "keep_camera">,
): string[] {
  const { address, has_own_domain, images, left_out, problem_count } = status;
  // Without images, each that becomes public later follows the profile.
  const shown = images > 0 ? status.shown : choicesOf(settings);
  return [
    images > 0
      ? `${counted(images, "public image")} on a page in your bucket, with feeds for readers.`
      : "You have no public images yet. Each goes out when you make it public.",
    ...detailsWords(shown),
    cameraWords(shown),
    ...(left_out > 0
      ? [`${counted(left_out, "sensitive image is", "sensitive images are")} left out.`]
      : []),
    ...(problem_count > 0
      ? [
          counted(
            problem_count,
            "image cannot be published as it is now.",
            "images cannot be published as they are now.",
          ),
        ]
      : []),
    KEPT_COPIES,
    ...(address !== null && !has_own_domain && isOnR2Dev(address)
      ? [
          "This address is on r2.dev, which is limited: with many visitors at once, images stop loading. A domain of your own has no such limit.",
        ]
      : []),
  ];
}

function choicesOf({
  details = "show",
  keep_camera = false,
}: Pick<FeedSettings, "details" | "keep_camera">): FeedChoices {
  const none = { show: 0, prompt: 0, hide: 0 };
  return { ...none, [details]: 1, keep_camera: keep_camera ? 1 : 0 };
}

/** Names the images only if they differ. */
function detailsWords({ show, prompt, hide }: FeedChoices): string[] {
  const isMixed = [show, prompt, hide].filter((count) => count > 0).length > 1;
  const of = (count: number) => (isMixed ? ` of ${counted(count, "image")}` : "");
  return [
    ...(show > 0 ? [`Prompts, models and parameters${of(show)} are shown.`] : []),
    ...(prompt > 0
      ? [
          `Prompts${of(prompt)} are shown. ${isMixed ? "Their models" : "Models"} and parameters are removed, also from the files.`,
        ]
      : []),
    ...(hide > 0
      ? [`Prompts, models and parameters${of(hide)} are removed, also from the files.`]
      : []),
  ];
}

function cameraWords({ show, prompt, hide, keep_camera }: FeedChoices): string {
  if (keep_camera === 0) return "Location and camera are removed from the files.";
  if (keep_camera >= show + prompt + hide) return "Location and camera stay in the files.";
  return `Location and camera stay in the files of ${counted(keep_camera, "image")}, and are removed from the others.`;
}

function isOnR2Dev(address: string): boolean {
  return /^https?:\/\/[^/]*\.r2\.dev(?=[:/]|$)/i.test(address);
}

/** Returns what a preview shows, in a sentence or two. */
export function previewWords({
  images,
  left_out,
  problems,
}: Pick<FeedBuilt, "images" | "left_out" | "problems">): string {
  const missing = [
    left_out > 0
      ? `${counted(left_out, "sensitive image is", "sensitive images are")} left out.`
      : "",
    problems.length > 0 ? `${notPublishedWords(problems.length)}.` : "",
  ].filter((part) => part !== "");
  return [
    `The preview is open in your browser, with ${counted(images, "image")}.`,
    ...missing,
  ].join(" ");
}

/** Returns "3 images are not published". */
export function notPublishedWords(count: number): string {
  return counted(count, "image is not published", "images are not published");
}

/** Returns "3 objects are somebody else's and were left in the bucket". */
export function leftWords(count: number): string {
  return counted(
    count,
    "object is somebody else's and was left in the bucket",
    "objects are somebody else's and were left in the bucket",
  );
}

/** Returns the address without the name of the page, as a rewrite rule of Cloudflare serves it. */
export function shorterAddress(address: string): string {
  return address.replace(/index\.html$/, "");
}
