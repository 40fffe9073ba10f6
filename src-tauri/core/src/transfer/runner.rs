//! Runs transfers until it is cancelled, or until no transfer can make progress.

mod purging;
mod settling;
mod waiting;

use super::attempt::{self, AttemptContext, Ended};
use super::audience::Audience;
use super::controls::Controls;
use super::hold::Holds;
use super::plan::RetryPolicy;
use super::report::ProgressFile;
use super::requests::{write_requests, write_requests_at};
use super::teller::Teller;
use super::trust;
use crate::bucket::{Bucket, BucketError, DELETE_LIMIT, LibraryMark, Purger};
use crate::catalog::{Catalog, CatalogError, TransferWishes};
use crate::files::{Originals, Outgoing};
use crate::model::{Clock, KillPoints, Operation, TransferActivity, TransferProblem, UnixMs};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The bucket to transfer to, if there is one.
#[derive(Clone)]
pub enum Destination {
    /// The connected bucket.
    Bucket(Bucket),
    /// No bucket is connected.
    None,
    /// The bucket cannot be used until a person solves this problem.
    Unusable(TransferProblem),
}

/// Whether and how caches are purged.
#[derive(Debug, Clone)]
pub enum PurgeDestination {
    /// No zone is set.
    None,
    /// Addresses below this public address, without a slash at its end, are purged.
    Zone(Purger, String),
    /// A zone is set, but a person has to act first, as this text says.
    Unusable(String),
}

/// When to stop running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// When it is cancelled. The window uses this.
    Cancelled,
    /// When no transfer can make progress, or when the time is up (`None` for no
    /// limit). `push` uses this.
    Settled(Option<Duration>),
}

/// The result of a push.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PushReport {
    /// Uploads confirmed by the bucket.
    pub stored: u32,
    /// Deletions confirmed by the bucket.
    pub deleted: u32,
    /// Uploads of feed files confirmed by the bucket. Left out of the JSON if there were none.
    #[serde(skip_serializing_if = "is_zero")]
    pub published: u32,
    /// Deletions of feed files confirmed by the bucket. Left out of the JSON if there were none.
    #[serde(skip_serializing_if = "is_zero")]
    pub withdrawn: u32,
    /// Objects in the place of feed files that were not deleted, because they are somebody else's. Left out of the
    /// JSON if there were none.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_in_bucket: u32,
    /// Transfers that need a person to act.
    pub parked: u32,
    /// Transfers that are still waiting.
    pub waiting: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl PushReport {
    /// Adds what a later push did. What waits is what waits now.
    pub fn add(&mut self, later: Self) {
        self.stored += later.stored;
        self.deleted += later.deleted;
        self.published += later.published;
        self.withdrawn += later.withdrawn;
        self.left_in_bucket += later.left_in_bucket;
        (self.parked, self.waiting) = (later.parked, later.waiting);
    }
}

type FindBucket = Box<dyn Fn() -> tokio::task::JoinHandle<Destination> + Send + Sync>;
type FindPurger = Box<dyn Fn() -> tokio::task::JoinHandle<PurgeDestination> + Send + Sync>;

/// What a runner works with.
pub struct Runner {
    /// The catalog, which contains the outbox.
    pub catalog: Catalog,
    /// The originals, which are uploaded.
    pub originals: Arc<Originals>,
    /// The feed files that are about to be uploaded.
    pub outgoing: Outgoing,
    /// The lock file. The process that holds the lock transfers.
    pub lock_path: PathBuf,
    /// The mark of the library in the feed files that it publishes.
    pub library: LibraryMark,
    /// Looks up the bucket. It does so again on each call.
    pub find_bucket: FindBucket,
    /// Looks up whether and how caches are purged. It does so again on each call.
    pub find_purger: FindPurger,
    /// The receiver of the news.
    pub audience: Arc<dyn Audience>,
    /// The state shared with the rest of the program.
    pub controls: Arc<Controls>,
    /// How soon failed transfers are tried again.
    pub pace: RetryPolicy,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The listener for the kill points of a transfer.
    pub kill_points: KillPoints,
}

/// A result, and the period between two holds in which it began.
struct Round {
    epoch: u64,
    what: What,
}

enum What {
    /// Attempts that ran together.
    Attempts(Vec<Ended>),
    /// The trial of the store at this place.
    Trial(String, Result<(), BucketError>),
}

/// The single moment that one round of the loop uses. With two readings of the clock, a
/// transfer that is due between them would neither start nor be waited for.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// The moment in the catalog's clock.
    now: UnixMs,
    at: Instant,
}

/// Why a round of the loop ended.
enum Next {
    /// A transfer may be due.
    Again,
    /// No transfer can make progress.
    Settled,
    /// Nothing runs and nothing will be due, unless it was queued during this round.
    AtRest,
}

impl Runner {
    /// Runs transfers until it is cancelled or, depending on `until`, until no transfer
    /// can make progress.
    pub async fn run(self, until: Until, cancel: CancellationToken) -> Result<PushReport, CatalogError> {
        let deadline = match until {
            // A time beyond the range of the clock is no limit.
            Until::Settled(Some(time)) => Instant::now().checked_add(time),
            _ => None,
        };
        let mut report = PushReport::default();
        if let Some(_lock) = self.take_lock(until, deadline, &cancel).await? {
            self.controls.set_transferring(true);
            let ended = self.run_locked(until, deadline, &cancel, &mut report).await;
            self.controls.set_transferring(false);
            write_requests(&self.catalog, &self.controls.requests(), self.clock.now()).await;
            ended?;
        }
        self.finish(report).await
    }

    /// Transfers, and purges caches: a window while it transfers, a push once at its end.
    async fn run_locked(
        &self,
        until: Until,
        deadline: Option<Instant>,
        cancel: &CancellationToken,
        report: &mut PushReport,
    ) -> Result<(), CatalogError> {
        let transferring = Box::pin(self.transfer(until, deadline, cancel, report));
        if matches!(until, Until::Settled(_)) {
            transferring.await?;
            return Box::pin(self.purge_once(deadline, cancel)).await;
        }
        tokio::select! {
            ended = transferring => ended,
            Err(error) = Box::pin(self.keep_purging()) => Err(error),
        }
    }

    async fn transfer(
        &self,
        until: Until,
        deadline: Option<Instant>,
        cancel: &CancellationToken,
        report: &mut PushReport,
    ) -> Result<(), CatalogError> {
        self.catalog.release_interrupted().await?;
        let mut running: JoinSet<Round> = JoinSet::new();
        let mut holds = Holds::new(self.pace);
        let file = ProgressFile::beside(&self.lock_path);
        let mut teller = Teller::new(&self.catalog, &self.controls, &*self.audience, file);
        let mut wishes = self.catalog.transfer_wishes().await?;
        let mut was_at_rest = false;
        loop {
            self.heed(&mut wishes, &mut holds).await?;
            let time_is_up = deadline.is_some_and(|deadline| deadline <= Instant::now());
            if cancel.is_cancelled() || time_is_up {
                // Dropping the tasks stops their requests. The rows go back to the
                // queue, and repeating them is harmless.
                running.shutdown().await;
                self.catalog.release_interrupted().await?;
                break;
            }
            let moment = Moment { now: self.clock.now(), at: Instant::now() };
            let requests = self.controls.requests();
            if write_requests_at(&requests).is_some_and(|at| Instant::from_std(at) <= moment.at) {
                write_requests(&self.catalog, &requests, moment.now).await;
            }
            self.start_due(moment, &mut running, &mut holds).await?;
            teller.tell().await?;
            let wake_at =
                write_requests_at(&requests).map(Instant::from_std).into_iter().chain(deadline).min();
            let next =
                self.wait(moment, &mut running, &mut holds, until, wake_at, cancel, report, &mut teller);
            match next.await? {
                Next::Again => was_at_rest = false,
                Next::AtRest if !was_at_rest => was_at_rest = true,
                Next::AtRest | Next::Settled => break,
            }
        }
        teller.tell_now().await
    }

    /// Applies what a person has requested since the last call, in this process or in
    /// another one.
    async fn heed(&self, wishes: &mut TransferWishes, holds: &mut Holds) -> Result<(), CatalogError> {
        let now = self.catalog.transfer_wishes().await?;
        self.controls.note_paused(now.paused);
        let asked_here = self.controls.take_asked_again();
        if asked_here || now.asked_again != wishes.asked_again {
            holds.clear();
        }
        *wishes = now;
        Ok(())
    }

    async fn finish(&self, mut report: PushReport) -> Result<PushReport, CatalogError> {
        let counts = self.catalog.queue_counts().await?;
        report.parked = counts.parked;
        report.waiting = counts.waiting + counts.active;
        Ok(report)
    }

    async fn start_due(
        &self,
        moment: Moment,
        running: &mut JoinSet<Round>,
        holds: &mut Holds,
    ) -> Result<(), CatalogError> {
        if self.controls.is_paused() {
            self.controls.note(TransferActivity::Paused, None);
            return Ok(());
        }
        if !holds.lets_through(moment.at) {
            if let Some(hold) = holds.current() {
                self.controls.note(hold.activity, Some(hold.problem.clone()));
            }
            return Ok(());
        }
        if holds.is_trying() {
            return Ok(());
        }
        let allowed = if holds.is_probing() { 1 } else { self.controls.parallel() };
        let free = allowed.saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
        if free == 0 {
            return Ok(());
        }
        if !self.catalog.has_waiting_transfers().await? {
            self.controls.note(TransferActivity::Running, None);
            return Ok(());
        }
        let bucket = match (self.find_bucket)().await {
            Ok(Destination::Bucket(bucket)) => bucket,
            Ok(Destination::None) => {
                self.controls.note(TransferActivity::NotConfigured, None);
                return Ok(());
            }
            Ok(Destination::Unusable(problem)) => {
                self.controls.note(TransferActivity::NeedsAttention, Some(problem.clone()));
                holds.ask(problem);
                return Ok(());
            }
            Err(_) => return Err(CatalogError::Closed),
        };
        self.controls.note(TransferActivity::Running, None);
        let epoch = holds.epoch();
        if !trust::is_trusted(&self.catalog, bucket.place()).await? {
            holds.begin_trial();
            running.spawn(async move {
                let result = bucket.try_out().await;
                Round { epoch, what: What::Trial(bucket.place().to_owned(), result) }
            });
            return Ok(());
        }
        let together = if holds.is_probing() { 1 } else { u32::try_from(DELETE_LIMIT).unwrap_or(u32::MAX) };
        let latest = self.pace.latest(moment.now);
        let claimed = self.catalog.claim_transfers(moment.now, latest, free, together).await?;
        let (deletions, uploads): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|transfer| transfer.operation == Operation::Delete);
        let context = AttemptContext {
            bucket: bucket.limited_by(self.controls.rate()),
            library: self.library.clone(),
            catalog: self.catalog.clone(),
            originals: Arc::clone(&self.originals),
            outgoing: self.outgoing.clone(),
            meter: self.controls.meter(),
            kill_points: self.kill_points.clone(),
        };
        let round = move |ended| Round { epoch, what: What::Attempts(ended) };
        for upload in uploads {
            let context = context.clone();
            running.spawn(async move { round(vec![attempt::upload(context, upload).await]) });
        }
        if !deletions.is_empty() {
            running.spawn(async move { round(attempt::delete(context, deletions).await) });
        }
        Ok(())
    }
}
