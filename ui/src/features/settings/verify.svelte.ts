// Owns one verification: its progress, its report, and what can be done next.
import { commands, events } from "$ipc";
import type { UnknownChoice, VerifyProgress, VerifyReport } from "../../ipc/bindings";
import { counted, number } from "../../shared/text";

export class Verification {
  deep = $state(false);
  progress = $state.raw<VerifyProgress | null>(null);
  report = $state.raw<VerifyReport | null>(null);
  busy = $state(false);

  /** Whether some findings can be repaired without a decision. */
  readonly repairable = $derived.by((): boolean => {
    const report = this.report;
    if (!report) return false;
    const { unknown_object, different_object } = report.counts;
    return report.unrepaired > 0 && report.found > unknown_object + different_object;
  });

  /** The number of unknown objects that need a decision. */
  readonly unknown = $derived.by((): number => {
    if (!this.report) return 0;
    const done = this.report.findings.filter(
      (finding) => finding.kind === "unknown_object" && finding.repaired,
    );
    // Not all findings are listed, but all are counted.
    return this.report.counts.unknown_object - done.length;
  });

  async run(
    choice: { repair?: boolean; unknown?: UnknownChoice } = {},
  ): Promise<VerifyReport | null> {
    if (this.busy) return null;
    this.busy = true;
    this.progress = null;
    const stop = await events.verifyProgress.listen(({ payload }) => (this.progress = payload));
    try {
      this.report = await commands.verifyLibrary({
        repair: choice.repair ?? false,
        deep: this.deep,
        unknown: choice.unknown ?? "report",
      });
      return this.report;
    } finally {
      stop();
      this.busy = false;
    }
  }

  async cancel(): Promise<void> {
    await commands.cancelVerify();
  }
}

/** Returns the progress of a verification. */
export function verifyProgressWords(progress: VerifyProgress | null): string {
  if (!progress) return "Starting";
  return `${number(progress.checked)} of ${counted(progress.total, "image")} checked`;
}

/** Returns what a verification found, in a sentence. */
export function verifyReportWords(report: VerifyReport): string {
  const looked = report.bucket_compared
    ? `${counted(report.checked, "image")} and ${counted(report.objects, "object")} compared.`
    : `${counted(report.checked, "image")} compared with this computer only: no bucket is connected.`;
  const stopped = report.cancelled ? " Stopped before the end." : "";
  if (report.found === 0) {
    return report.cancelled ? `${looked}${stopped}` : `${looked} Nothing is wrong.`;
  }
  const repaired = report.found - report.unrepaired;
  const repairs = repaired > 0 ? `, ${number(repaired)} repaired` : "";
  return `${looked} ${counted(report.found, "difference")} found${repairs}.${stopped}`;
}
