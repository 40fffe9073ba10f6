// Owns what a made-up host answers about the library as a whole: settings, bucket,
// transfers, checks and recovery.
import type { CheckStep, commands as real, Finding } from "../../ipc/bindings";
import { aBootstrap, aBucketUsage, aCachedCopies } from "../fixtures";
import type { HostParts } from "./parts";

type Names =
  | "bootstrap"
  | "transferSummary"
  | "listTransfers"
  | "cachedCopies"
  | "bucketUsage"
  | "pauseTransfers"
  | "resumeTransfers"
  | "retryTransfers"
  | "cancelTransfer"
  | "bucketStatus"
  | "bucketSettings"
  | "connectBucket"
  | "disconnectBucket"
  | "checkBucket"
  | "verifyLibrary"
  | "cancelVerify"
  | "saveSettings"
  | "spaceUse"
  | "addProfile"
  | "switchProfile"
  | "revealLibrary"
  | "revealLog"
  | "reportPageError"
  | "recoveryOffer"
  | "recoverLibrary"
  | "reopenLibrary"
  | "windowMemory"
  | "closeWindow"
  | "remember";

const HOUR = 3_600_000;

const steps: CheckStep[] = [
  { step: "configuration", outcome: "passed", message: "", advice: null },
  { step: "endpoint", outcome: "passed", message: "", advice: null },
  { step: "credentials", outcome: "passed", message: "", advice: null },
  { step: "bucket", outcome: "passed", message: "", advice: null },
  { step: "put", outcome: "passed", message: "", advice: null },
  {
    step: "public_read",
    outcome: "failed",
    message: "The public URL answered 404.",
    advice: "Connect the domain to this bucket in the Cloudflare dashboard, then check again.",
  },
  { step: "delete", outcome: "skipped", message: "Not tried.", advice: null },
];

export function setupCommands({
  catalog,
  hub,
  later,
  setup,
  wait,
}: HostParts): Pick<typeof real, Names> {
  let settings = setup.settings;
  let summary = setup.summary;
  const remembered: Record<string, string> = {};
  const bootstrap = () =>
    later(
      aBootstrap({
        counts: catalog.counts(),
        galleries: catalog.galleryList(),
        collections: catalog.collectionList(),
        settings,
        bucket: setup.bucketStatus,
        transfers: summary,
      }),
    );
  return {
    bootstrap,
    transferSummary: () => later(summary),
    listTransfers: () => later([...setup.transfers]),
    cachedCopies: () => later(aCachedCopies()),
    bucketUsage: () => later(aBucketUsage()),
    pauseTransfers: () => {
      summary = { ...summary, activity: "paused" };
      return later(null);
    },
    resumeTransfers: () => {
      summary = { ...summary, activity: "running" };
      return later(null);
    },
    retryTransfers: () => later(null),
    cancelTransfer: () => later(null),
    bucketStatus: () => later(setup.bucketStatus),
    bucketSettings: () => later(setup.bucket),
    connectBucket: () => later(setup.bucket),
    disconnectBucket: () => later(setup.bucket),
    checkBucket: async () => {
      for (const step of steps) {
        await wait(60);
        hub.send("checkStep", step);
      }
      return steps;
    },
    verifyLibrary: async ({ repair }) => {
      const history = catalog.inView({ view: "history" });
      const [first] = history;
      const count = history.length;
      for (let part = 1; part <= 4; part++) {
        await wait(150);
        hub.send("verifyProgress", {
          checked: (count / 4) * part,
          total: count,
          found: 0,
          running: true,
        });
      }
      const finding: Finding = {
        kind: "missing_original",
        id: first?.id ?? null,
        key: "generated/ana/1.png",
        filename: first?.filename ?? null,
        detail: repair
          ? "The original is not on this disk. It was brought back from the bucket."
          : "The original is not on this disk.",
        repaired: repair,
      };
      return {
        checked: count,
        objects: count,
        bucket_compared: setup.bucketStatus.configured,
        findings: [finding],
        counts: {
          missing_object: 0,
          different_object: 0,
          unconfirmed_object: 0,
          removed_object: 0,
          unknown_object: 0,
          missing_feed_file: 0,
          different_feed_file: 0,
          missing_original: 1,
          damaged_original: 0,
          leftover_temporary: 0,
          unknown_original: 0,
          damaged_catalog: 0,
          damaged_row: 0,
        },
        found: 1,
        unrepaired: repair ? 0 : 1,
        cancelled: false,
      };
    },
    cancelVerify: () => later(null),
    saveSettings: (next) => later((settings = next)),
    spaceUse: () => later({ originals: 8.4e9, thumbnails: 1.2e8 }),
    addProfile: (name) => later({ id: name, name }),
    switchProfile: () => bootstrap(),
    revealLibrary: () => later(null),
    revealLog: () => later(null),
    reportPageError: () => later(true),
    recoveryOffer: () => later({ backup_of: Date.now() - 5 * HOUR }),
    recoverLibrary: (from) =>
      later({
        outcome: from === "backup" ? "restored" : "started_empty",
        backup_of: from === "backup" ? Date.now() - 5 * HOUR : null,
        set_aside: "catalog.damaged-1.db",
        found_again: 2,
        from_journal: 1,
        left_alone: 0,
      }),
    reopenLibrary: () => later(null),
    closeWindow: () => later(null),
    windowMemory: () => later({ ...remembered }),
    remember: (name, value) => {
      remembered[name] = value;
      return later(null);
    },
  };
}
