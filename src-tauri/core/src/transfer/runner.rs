//! Runs transfers until it is cancelled, or until no transfer can make progress.

use super::attempt::{self, Ended, Means, Trouble};
use super::audience::Audience;
use super::controls::Controls;
use super::hold::Holds;
use super::plan::{self, Decision, Pace};
use super::report::ProgressFile;
use super::teller::{TELL_EVERY, Teller};
use super::trust;
use crate::bucket::{Bucket, BucketError, DELETE_LIMIT, ErrorClass};
use crate::catalog::{Catalog, CatalogError, ClaimedTransfer, PutBack, TransferWishes};
use crate::files::Originals;
use crate::files::ProcessLock;
use crate::model::{Clock, Operation, Steps, TransferActivity, TransferProblem, UnixMs};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often a process without the lock checks whether it is free.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// The longest sleep while a transfer waits, because somebody may set the clock, or
/// this computer may be suspended meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// A push does not wait for an attempt that is further away than this.
const PUSH_PATIENCE: Duration = Duration::from_mins(1);
/// A push gives up when the network was unavailable this many times in a row.
const PUSH_PROBES: u32 = 3;
/// A push gives up when new keys were refused this many times in a row: a script should
/// soon learn that they are wrong.
const PUSH_KEY_PROBES: u32 = 4;
/// A push gives up when the bucket was too busy this many times in a row.
const PUSH_BACK_OFFS: u32 = 8;

/// A transfer that is not the cause of a failure keeps its place in the queue; the hold
/// makes it wait.
const AT_ITS_PLACE: Option<UnixMs> = Some(UnixMs(0));

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
    /// Transfers that need a person to act.
    pub parked: u32,
    /// Transfers that are still waiting.
    pub waiting: u32,
}

type FindBucket = Box<dyn Fn() -> tokio::task::JoinHandle<Destination> + Send + Sync>;

/// What a runner works with.
pub struct Runner {
    /// The catalog, which contains the outbox.
    pub catalog: Catalog,
    /// The originals, which are uploaded.
    pub originals: Arc<Originals>,
    /// The lock file. The process that holds the lock transfers.
    pub lock_path: PathBuf,
    /// Looks up the bucket. It does so again on each call.
    pub find_bucket: FindBucket,
    /// The receiver of the news.
    pub audience: Arc<dyn Audience>,
    /// The state shared with the rest of the program.
    pub controls: Arc<Controls>,
    /// How soon failed transfers are tried again.
    pub pace: Pace,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The listener for the steps of a transfer.
    pub steps: Steps,
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
            ended?;
        }
        self.finish(report).await
    }

    async fn run_locked(
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
            self.start_due(moment, &mut running, &mut holds).await?;
            teller.tell().await?;
            let next =
                self.wait(moment, &mut running, &mut holds, until, deadline, cancel, report, &mut teller);
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

    /// Waits for the lock. Returns `None` if it is no longer needed.
    async fn take_lock(
        &self,
        until: Until,
        deadline: Option<Instant>,
        cancel: &CancellationToken,
    ) -> Result<Option<ProcessLock>, CatalogError> {
        let mut seen = None;
        let mut moved = Instant::now();
        loop {
            if let Some(lock) = ProcessLock::try_take(&self.lock_path)? {
                return Ok(Some(lock));
            }
            self.controls.note_paused(self.catalog.transfer_wishes().await?.paused);
            let paused = self.controls.is_paused();
            let activity = if paused { TransferActivity::Paused } else { TransferActivity::Elsewhere };
            self.controls.note(activity, None);
            self.controls.look_elsewhere(&self.lock_path);
            let summary = self.controls.summary(&self.catalog).await?;
            self.audience.summary(&summary);
            let now = Some((summary.waiting, summary.active, summary.parked, summary.bytes_done));
            if now != seen {
                (seen, moved) = (now, Instant::now());
            }
            // The holder of the lock may be waiting for a person or for a network.
            let stands_still = paused || moved.elapsed() >= PUSH_PATIENCE;
            let settled =
                matches!(until, Until::Settled(_)) && (stands_still || summary.waiting + summary.active == 0);
            if settled || cancel.is_cancelled() || deadline.is_some_and(|deadline| deadline <= Instant::now())
            {
                return Ok(None);
            }
            let look = Instant::now() + LOCK_PATIENCE;
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep_until(deadline.map_or(look, |deadline| look.min(deadline))) => {}
            }
        }
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
        let means = Means {
            bucket: bucket.limited_by(self.controls.rate()),
            catalog: self.catalog.clone(),
            originals: Arc::clone(&self.originals),
            meter: self.controls.meter(),
            steps: self.steps.clone(),
        };
        let round = move |ended| Round { epoch, what: What::Attempts(ended) };
        for upload in uploads {
            let means = means.clone();
            running.spawn(async move { round(vec![attempt::upload(means, upload).await]) });
        }
        if !deletions.is_empty() {
            running.spawn(async move { round(attempt::delete(means, deletions).await) });
        }
        Ok(())
    }

    /// Waits for the first of these: an attempt ends, the runner is woken, the next
    /// transfer is due.
    #[expect(clippy::too_many_arguments, reason = "the state of one loop, which has no life outside it")]
    async fn wait(
        &self,
        moment: Moment,
        running: &mut JoinSet<Round>,
        holds: &mut Holds,
        until: Until,
        deadline: Option<Instant>,
        cancel: &CancellationToken,
        report: &mut PushReport,
        teller: &mut Teller<'_>,
    ) -> Result<Next, CatalogError> {
        if running.is_empty() {
            let counts = self.catalog.queue_counts().await?;
            if counts.waiting + counts.active == 0 {
                self.controls.meter().burst_is_over();
            }
            if matches!(until, Until::Settled(_)) && self.is_stuck(moment, holds, counts.waiting).await? {
                return Ok(Next::Settled);
            }
        }
        let due = self.next_moment(moment, holds).await?;
        if matches!(until, Until::Settled(_)) && due.is_none() && running.is_empty() {
            return Ok(Next::AtRest);
        }
        let due = match (due, deadline) {
            (Some(due), Some(deadline)) => Some(due.min(deadline)),
            (due, deadline) => due.or(deadline),
        };
        let telling = !running.is_empty() || teller.is_behind();
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.controls.nudged() => {}
            Some(round) = running.join_next(), if !running.is_empty() => match round {
                Ok(round) => self.settle(round, holds, report, teller).await?,
                Err(error) => {
                    // It is unknown which attempt this was, so all go back to the
                    // queue. Repeating them is harmless.
                    tracing::error!(%error, "an attempt ended without a result");
                    running.shutdown().await;
                    holds.end_trial();
                    self.catalog.release_interrupted().await?;
                }
            },
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            () = tokio::time::sleep(TELL_EVERY), if telling => {}
        }
        Ok(Next::Again)
    }

    /// Says whether a push has nothing to wait for.
    async fn is_stuck(&self, moment: Moment, holds: &Holds, waiting: u32) -> Result<bool, CatalogError> {
        let noted = self.controls.noted();
        let needs_person = matches!(
            noted,
            Some((
                TransferActivity::NotConfigured | TransferActivity::NeedsAttention | TransferActivity::Paused,
                _
            ))
        );
        let probes = match holds.current().map(|hold| hold.activity) {
            Some(TransferActivity::Offline) => PUSH_PROBES,
            Some(TransferActivity::WaitingForKeys) => PUSH_KEY_PROBES,
            None => u32::MAX,
            Some(_) => PUSH_BACK_OFFS,
        };
        if waiting == 0 || needs_person || holds.in_a_row() >= probes {
            return Ok(true);
        }
        let next = self.catalog.next_transfer_at(UnixMs(0)).await?;
        let horizon = moment.now.plus_ms(i64::try_from(PUSH_PATIENCE.as_millis()).unwrap_or(i64::MAX));
        Ok(next.is_some_and(|next| next > horizon))
    }

    /// Returns when a transfer may be due that was not due at `moment`; `None` if none
    /// will be.
    async fn next_moment(&self, moment: Moment, holds: &Holds) -> Result<Option<Instant>, CatalogError> {
        if self.controls.is_paused() {
            return Ok(None);
        }
        if let Some(hold) = holds.current() {
            return Ok(hold.until);
        }
        let noted = self.controls.noted();
        if matches!(noted, Some((TransferActivity::NotConfigured, _))) {
            return Ok(None);
        }
        let next = self.catalog.next_transfer_at(moment.now.plus_ms(1)).await?;
        let sleep = |next: UnixMs| Duration::from_millis(next.0.abs_diff(moment.now.0)).min(LONGEST_SLEEP);
        Ok(next.map(|next| moment.at + sleep(next)))
    }

    async fn settle(
        &self,
        Round { epoch, what }: Round,
        holds: &mut Holds,
        report: &mut PushReport,
        teller: &mut Teller<'_>,
    ) -> Result<(), CatalogError> {
        let ended = match what {
            What::Attempts(ended) => ended,
            What::Trial(place, result) => {
                holds.end_trial();
                return match result {
                    Ok(()) => trust::trust(&self.catalog, &place).await,
                    Err(problem) => {
                        tracing::warn!(%place, ?problem, "the store could not be tried out");
                        self.react_to_trial(&Trouble::Bucket(problem), holds);
                        Ok(())
                    }
                };
            }
        };
        let mut put_back = Vec::new();
        for Ended { claimed, result } in ended {
            match (result, claimed.operation) {
                (Ok(()), operation) => {
                    holds.worked(epoch);
                    self.controls.keys_work();
                    match operation {
                        Operation::Put => report.stored += 1,
                        Operation::Delete => report.deleted += 1,
                    }
                }
                (Err(trouble), _) => {
                    // Logged by the image's id, because the key is the link to an
                    // unlisted image.
                    tracing::warn!(image = %claimed.image_id, attempt = claimed.attempt, ?trouble, "a transfer failed");
                    put_back.push(self.react(&claimed, &trouble, holds));
                }
            }
            teller.settled(claimed.image_id);
        }
        if put_back.is_empty() {
            return Ok(());
        }
        self.catalog.put_back_transfers(put_back).await
    }

    /// Decides what to do after a failed trial of a store. It affects all transfers.
    fn react_to_trial(&self, trouble: &Trouble, holds: &mut Holds) {
        let problem = trouble.problem();
        let keys = self.controls.keys(&self.pace, Instant::now());
        match plan::decide(&self.pace, trouble.class(), keys, 1, chance()) {
            Decision::Retry(_) | Decision::BackOff => {
                holds.probe_later(problem, TransferActivity::Running, chance());
            }
            Decision::HoldAndProbe => holds.probe_later(problem, TransferActivity::Offline, chance()),
            Decision::HoldForNewKeys => {
                holds.probe_later(too_new(problem), TransferActivity::WaitingForKeys, chance());
            }
            Decision::Park | Decision::HoldAndAsk => holds.ask(problem),
        }
    }

    /// Decides what to do after a failure, for this transfer and for all.
    fn react(&self, claimed: &ClaimedTransfer, trouble: &Trouble, holds: &mut Holds) -> PutBack {
        let problem = trouble.problem();
        let now = self.clock.now();
        let later = |pause: Duration| now.plus_ms(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        let keys = self.controls.keys(&self.pace, Instant::now());
        let put_back = |not_before, problem| PutBack { id: claimed.id, not_before, problem };
        match plan::decide(&self.pace, trouble.class(), keys, claimed.attempt, chance()) {
            Decision::Park => put_back(None, Some(problem)),
            Decision::Retry(pause) => put_back(Some(later(pause)), Some(problem)),
            Decision::HoldAndProbe => {
                let problem =
                    if trouble.class() == ErrorClass::NotS3 { behind_a_page(problem) } else { problem };
                holds.probe_later(problem, TransferActivity::Offline, chance());
                put_back(AT_ITS_PLACE, None)
            }
            Decision::HoldForNewKeys => {
                holds.probe_later(too_new(problem), TransferActivity::WaitingForKeys, chance());
                put_back(AT_ITS_PLACE, None)
            }
            Decision::BackOff => {
                holds.probe_later(problem.clone(), TransferActivity::Running, chance());
                put_back(AT_ITS_PLACE, Some(problem))
            }
            Decision::HoldAndAsk => {
                holds.ask(problem.clone());
                put_back(AT_ITS_PLACE, Some(problem))
            }
        }
    }
}

/// Adds a hint for a store that passed its trial and is now unreachable behind a web
/// page.
fn behind_a_page(mut problem: TransferProblem) -> TransferProblem {
    problem.message.push_str(" The network may want you to sign in first.");
    problem
}

fn too_new(mut problem: TransferProblem) -> TransferProblem {
    problem.message.push_str(" New keys can take a minute to work.");
    problem
}

/// Returns a random number from 0 to 1 that spreads pauses, or the middle if there is
/// no randomness.
fn chance() -> f64 {
    let mut byte = [128_u8];
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}
