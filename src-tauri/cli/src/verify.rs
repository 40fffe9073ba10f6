//! `vitrine verify`: verifies the library, and prints the findings.

use crate::arguments::Verify;
use crate::output::{DONE, Output, SOME_FAILED};
use crate::terminal::{say, table};
use tokio_util::sync::CancellationToken;
use vitrine_core::model::{Depth, Finding, UnknownObjects, VerifyOptions, VerifyProgress, VerifyReport};
use vitrine_core::{Error, Library};

pub(crate) async fn verify(
    library: &Library,
    how: &Verify,
    out: &Output,
    cancel: CancellationToken,
) -> Result<u8, Error> {
    let options = VerifyOptions {
        repair: how.repair,
        depth: if how.deep { Depth::Hash } else { Depth::Size },
        unknown: match (how.adopt, how.delete_unknown) {
            (true, _) => UnknownObjects::Adopt,
            (_, true) => UnknownObjects::Delete,
            _ => UnknownObjects::Report,
        },
        ..VerifyOptions::default()
    };
    let bar = out.progress_bar("{bar:32} {pos}/{len} {eta}");
    let moving = bar.clone();
    let progress = move |now: VerifyProgress| {
        moving.set_length(u64::from(now.total));
        moving.set_position(u64::from(now.checked));
    };
    let report = library.verify(options, cancel, progress).await?;
    bar.finish_and_clear();
    out.value(&report, || if report.findings.is_empty() { String::new() } else { findings(&report) });
    say(&sum(&report));
    Ok(if report.is_clean() { DONE } else { SOME_FAILED })
}

fn findings(report: &VerifyReport) -> String {
    let row = |finding: &Finding| {
        let what = finding.id.as_ref().map(ToString::to_string).or_else(|| finding.key.clone());
        vec![
            if finding.repaired { "repaired" } else { "found" }.to_owned(),
            what.unwrap_or_default(),
            finding.filename.clone().unwrap_or_default(),
            finding.detail.clone(),
        ]
    };
    table(&["STATE", "WHICH", "FILE", "WHAT"], report.findings.iter().map(row))
}

fn sum(report: &VerifyReport) -> String {
    let looked = if report.bucket_compared {
        format!("{} images and {} objects compared", report.checked, report.objects)
    } else {
        format!("{} images compared with this disk only, because no bucket is connected", report.checked)
    };
    let found = match (report.found, report.found - report.unrepaired) {
        (0, _) => "nothing is wrong".to_owned(),
        (found, repaired) => format!("{found} found, {repaired} of them repaired"),
    };
    let stopped = if report.cancelled { " It was stopped before the end." } else { "" };
    format!("{looked}: {found}.{stopped}")
}
