import { beforeEach, expect, it, vi } from "vitest";
import type { Finding, VerifyReport } from "../../ipc/bindings";

const ipc = await vi.hoisted(async () => {
  const { mockIpc } = await import("../../testing/ipc");
  return mockIpc();
});
vi.mock("$ipc", () => ipc.module);
const { verifyProgressWords, verifyReportWords, Verification } = await import("./verify.svelte");

const none: VerifyReport = {
  checked: 1200,
  objects: 1200,
  bucket_compared: true,
  findings: [],
  counts: {
    missing_object: 0,
    different_object: 0,
    unconfirmed_object: 0,
    removed_object: 0,
    unknown_object: 0,
    missing_feed_file: 0,
    different_feed_file: 0,
    missing_original: 0,
    damaged_original: 0,
    leftover_temporary: 0,
    unknown_original: 0,
    damaged_catalog: 0,
    damaged_row: 0,
  },
  found: 0,
  unrepaired: 0,
  cancelled: false,
};

function found(kind: Finding["kind"], part: Partial<Finding> = {}): VerifyReport {
  const finding = {
    kind,
    id: null,
    key: "k",
    filename: null,
    detail: "",
    repaired: false,
    ...part,
  };
  return {
    ...none,
    findings: [finding],
    counts: { ...none.counts, [kind]: 1 },
    found: 1,
    unrepaired: finding.repaired ? 0 : 1,
  };
}

beforeEach(() => ipc.reset());

it("verifies without changing anything, and shows progress", async () => {
  const verification = new Verification();
  let answer: (report: VerifyReport) => void = () => undefined;
  ipc.commands.verifyLibrary.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const running = verification.run();
  await vi.waitFor(() => expect(ipc.commands.verifyLibrary).toHaveBeenCalled());
  expect(ipc.commands.verifyLibrary).toHaveBeenCalledWith({
    repair: false,
    deep: false,
    unknown: "report",
  });
  expect(verifyProgressWords(verification.progress)).toBe("Starting");
  ipc.send("verifyProgress", { checked: 300, total: 1200, found: 0, running: true });
  expect(verifyProgressWords(verification.progress)).toBe("300 of 1,200 images checked");
  expect(await verification.run(), "one at a time").toBeNull();
  answer(none);
  await running;
  expect(verification.busy).toBe(false);
  expect(verification.repairable).toBe(false);
});

it("can run again after a failure", async () => {
  const verification = new Verification();
  ipc.commands.verifyLibrary.mockRejectedValue({ code: "Bucket", message: "" });
  await expect(verification.run()).rejects.toMatchObject({ code: "Bucket" });
  expect(verification.busy).toBe(false);
});

it("offers a repair or a decision only if it is needed", async () => {
  const verification = new Verification();
  for (const [report, repairable, unknown] of [
    [found("missing_object"), true, 0],
    [found("missing_object", { repaired: true }), false, 0],
    [found("different_object"), false, 0],
    [found("unknown_object"), false, 1],
    [found("unknown_object", { repaired: true }), false, 0],
  ] as const) {
    ipc.commands.verifyLibrary.mockResolvedValue(report);
    await verification.run({ repair: true });
    expect([verification.repairable, verification.unknown]).toEqual([repairable, unknown]);
  }
});

it("sums up what was compared and found", () => {
  expect(verifyReportWords(none)).toBe(
    "1,200 images and 1,200 objects compared. Nothing is wrong.",
  );
  expect(verifyReportWords({ ...none, bucket_compared: false })).toContain(
    "no bucket is connected",
  );
  expect(verifyReportWords({ ...none, cancelled: true })).toBe(
    "1,200 images and 1,200 objects compared. Stopped before the end.",
  );
  expect(verifyReportWords(found("missing_original"))).toContain("1 difference found.");
  expect(verifyReportWords(found("missing_original", { repaired: true }))).toContain(
    "1 difference found, 1 repaired.",
  );
});
