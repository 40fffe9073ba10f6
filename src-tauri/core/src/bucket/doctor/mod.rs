//! Checks a bucket step by step in the way in which uploads and visitors use
//! it, and says at each step what is wrong and what to do. Owns the wording of
//! that advice; must not change anything except its own probe object.
//!
//! It never lists buckets: a token for a single bucket may not do that, and
//! does not have to.

mod findings;
mod web;

use super::client::Bucket;
use super::config::{BucketConfig, ConfigProblem};
use super::errors::{BucketError, RequestFailure};
use super::requests::RequestCounter;
use super::trial::Probe;
use crate::model::{CheckOutcome, CheckStep, CheckStepName, UnixMs};
use findings::Finding;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The maximum duration of one step.
const STEP_LIMIT: Duration = Duration::from_secs(30);

/// Runs all steps and returns one result for each, in order. `report` receives
/// each result when it is known, and `requests` counts what is sent. If the check is dropped, its probe object may
/// remain under `generated/doctor-probe/`.
pub async fn check(
    config: Result<BucketConfig, ConfigProblem>,
    requests: Arc<RequestCounter>,
    report: &mut (dyn FnMut(&CheckStep) + Send),
) -> Vec<CheckStep> {
    let mut results = Results { steps: Vec::new(), report };
    Box::pin(examine(config, requests, &mut results)).await;
    while let Some(step) = results.next_step() {
        let earlier = "An earlier step failed.".to_owned();
        results.push(CheckStep { step, outcome: CheckOutcome::Skipped, message: earlier, advice: None });
    }
    results.steps
}

/// Returns the time according to the bucket's server; `None` if it does not
/// answer within `limit` or sends no time. Needs no credentials.
pub async fn server_time(config: &BucketConfig, limit: Duration) -> Option<UnixMs> {
    let answer = tokio::time::timeout(limit, Box::pin(web::fetch(&config.endpoint))).await.ok()?.ok()?;
    let since = answer.server_time?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(UnixMs)
}

struct Results<'a> {
    steps: Vec<CheckStep>,
    report: &'a mut (dyn FnMut(&CheckStep) + Send),
}

impl Results<'_> {
    fn next_step(&self) -> Option<CheckStepName> {
        CheckStepName::ALL.get(self.steps.len()).copied()
    }

    fn push(&mut self, step: CheckStep) {
        (self.report)(&step);
        self.steps.push(step);
    }

    /// Records the result of the next step. Returns `None` if the step failed,
    /// so that `?` ends the check.
    fn record(&mut self, finding: Finding) -> Option<()> {
        let step = self.next_step()?;
        let Finding { outcome, message, advice } = finding;
        self.push(CheckStep { step, outcome, message, advice });
        (outcome != CheckOutcome::Failed).then_some(())
    }
}

async fn examine(
    config: Result<BucketConfig, ConfigProblem>,
    requests: Arc<RequestCounter>,
    results: &mut Results<'_>,
) -> Option<()> {
    results.record(findings::configuration(&config))?;
    let config = config.ok()?;

    let endpoint = web::fetch(&config.endpoint).await;
    let clock = endpoint.as_ref().ok().and_then(|answer| findings::ClockOffset::since(answer.server_time));
    results.record(findings::endpoint(&config, &endpoint, clock))?;

    let bucket = Bucket::new(&config, requests);
    let listed = limited(bucket.page("", None, None, Some(1))).await.err();
    results.record(findings::credentials(listed.as_ref(), clock))?;
    results.record(findings::bucket(&config, listed.as_ref()))?;

    let Some(probe) = Probe::new() else {
        return results
            .record(Finding::failed("This computer could not provide random bytes for a test image."));
    };
    let put = limited(bucket.put_probe(&probe)).await;
    results.record(findings::put(put.as_ref()));
    if put.is_err() {
        // The probe may exist even after an error, and must not stay behind.
        let _ = limited(bucket.remove_probe(&probe)).await;
        return None;
    }
    // The probe is deleted even if nobody can read it.
    let public_read = read_publicly(&config, &bucket, &probe).await;
    results.record(public_read);
    let removed = limited(bucket.remove_probe(&probe)).await;
    results.record(findings::delete(&probe.key, removed.as_ref().err(), bucket.removes_singly()))
}

async fn read_publicly(config: &BucketConfig, bucket: &Bucket, probe: &Probe) -> Finding {
    if super::config::is_r2_endpoint(&config.public_base) {
        return findings::public_url_is_the_endpoint();
    }
    let Ok(url) = url::Url::parse(&bucket.public_url(&probe.key)) else {
        return Finding::failed("The public URL cannot be created.");
    };
    let answer = web::fetch(&url).await;
    let verdict = web::judge(&answer, &probe.bytes);
    if verdict != web::Verdict::Same
        && let Some(base) = super::config::without_last_segment(&config.public_base, &config.bucket)
        && let Ok(shorter) = url::Url::parse(&super::public_url(&base, &probe.key))
        && web::judge(&web::fetch(&shorter).await, &probe.bytes) == web::Verdict::Same
    {
        return findings::bucket_inside_public_url(&base);
    }
    findings::public_read(config, verdict)
}

async fn limited<T>(request: impl Future<Output = Result<T, BucketError>>) -> Result<T, BucketError> {
    let late = |_| BucketError::from_failure(RequestFailure::TimedOut);
    tokio::time::timeout(STEP_LIMIT, Box::pin(request)).await.unwrap_or_else(|elapsed| Err(late(elapsed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_can_run_on_any_thread() {
        fn runs_anywhere(_: impl Future + Send) {}
        runs_anywhere(check(Err(ConfigProblem::Missing(Vec::new())), Arc::default(), &mut |_| {}));
    }
}
