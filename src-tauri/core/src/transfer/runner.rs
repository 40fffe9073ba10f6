//! Runs transfers until told to stop, or until nothing is left that can move.

use super::attempt::{self, Means, Trouble};
use super::hold::Holds;
use super::lock::TransferLock;
use super::meter::Meter;
use super::plan::{self, Decision};
use crate::bucket::Bucket;
use crate::catalog::{Catalog, CatalogError, ClaimedTransfer};
use crate::files::Originals;
use crate::model::{
    Bytes, ImageId, Operation, Steps, TransferActivity, TransferProblem, TransferSummary, UnixMs,
};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as StdInstant};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often a process without the lock looks whether it is free.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// Progress is told at most this often.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// A push does not wait for an attempt further away than this.
const PUSH_PATIENCE: Duration = Duration::from_mins(1);
/// A push gives up on a network that was away this many times in a row.
const PUSH_PROBES: u32 = 3;

/// Whether there is a bucket to transfer to.
#[derive(Clone)]
pub enum Destination {
    /// There is.
    Bucket(Bucket),
    /// None is connected.
    None,
    /// Something about it has to be mended first.
    Unusable(TransferProblem),
}

/// How long to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until cancelled: the window.
    Cancelled,
    /// Until nothing is left that can move, or the time is up: `push`.
    Settled(Option<Duration>),
}

/// What a push did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PushReport {
    /// Uploads confirmed by the bucket.
    pub stored: u32,
    /// Deletions confirmed by the bucket.
    pub deleted: u32,
    /// Transfers that need a person.
    pub parked: u32,
    /// Transfers that are left.
    pub waiting: u32,
}

/// What the runner tells those who show it.
pub trait Audience: Send + Sync {
    /// The numbers changed.
    fn summary(&self, summary: &TransferSummary);
    /// These images are stored, or their object is gone.
    fn settled(&self, images: Vec<ImageId>);
}

type FindBucket = Box<dyn Fn() -> tokio::task::JoinHandle<Destination> + Send + Sync>;

/// What a runner works with.
pub struct Runner {
    /// The outbox.
    pub catalog: Catalog,
    /// What is uploaded.
    pub originals: Arc<Originals>,
    /// The file whose lock says who transfers.
    pub lock_path: PathBuf,
    /// Finds the bucket anew each time it is asked.
    pub find_bucket: FindBucket,
    /// Who listens.
    pub audience: Arc<dyn Audience>,
    /// Shared state that others read and nudge.
    pub controls: Arc<Controls>,
    /// Who hears of the steps of a transfer.
    pub steps: Steps,
}

/// How the rest of the program nudges and watches the runner.
#[derive(Default)]
pub struct Controls {
    wake: Notify,
    paused: AtomicBool,
    asked_again: AtomicBool,
    parallel: AtomicU64,
    meter: Arc<Meter>,
    hold: Mutex<Option<(TransferActivity, Option<TransferProblem>)>>,
}

impl Controls {
    /// Something may be due now.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// A person acted: what was held is tried at once.
    pub fn try_again(&self) {
        self.asked_again.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Starts nothing new while paused.
    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
        self.wake();
    }

    /// Says whether a person paused the transfers.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Sets how many transfers run at the same time.
    pub fn set_parallel(&self, parallel: u32) {
        self.parallel.store(u64::from(parallel), Ordering::SeqCst);
        self.wake();
    }

    /// Returns how many bytes of a running transfer are on the way.
    pub fn bytes_of(&self, id: i64) -> u64 {
        self.meter.of(id)
    }

    fn note(&self, activity: TransferActivity, problem: Option<TransferProblem>) {
        *self.hold.lock().unwrap_or_else(PoisonError::into_inner) = Some((activity, problem));
    }

    /// Puts the numbers of the moment together.
    pub async fn summary(&self, catalog: &Catalog) -> Result<TransferSummary, CatalogError> {
        let counts = catalog.queue_counts().await?;
        let reading = self.meter.read(StdInstant::now());
        let noted = self.hold.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let left = counts.waiting + counts.active;
        let (mut activity, problem) = noted.unwrap_or_default();
        if left == 0 && activity != TransferActivity::NeedsAttention {
            activity = TransferActivity::Idle;
        }
        Ok(TransferSummary {
            activity,
            waiting: counts.waiting,
            active: counts.active,
            parked: counts.parked,
            done: reading.done,
            total: reading.done + left,
            bytes_done: Bytes(reading.bytes_done + reading.bytes_under_way),
            bytes_total: Bytes(reading.bytes_done + counts.bytes),
            bytes_per_second: Bytes(reading.bytes_per_second),
            problem,
        })
    }
}

/// One finished attempt.
struct Ended {
    claimed: ClaimedTransfer,
    result: Result<(), Trouble>,
}

/// Why a round of the loop came to its end.
enum Next {
    /// Something may be due.
    Again,
    /// Nothing is left that can move.
    Settled,
}

impl Runner {
    /// Runs transfers. Returns when it was cancelled, or settled if that is
    /// what it runs until.
    pub async fn run(self, until: Until, cancel: CancellationToken) -> Result<PushReport, CatalogError> {
        let deadline = match until {
            Until::Settled(Some(time)) => Some(Instant::now() + time),
            _ => None,
        };
        let mut report = PushReport::default();
        let Some(_lock) = self.take_lock(until, deadline, &cancel).await? else {
            return self.finish(report).await;
        };
        self.catalog.release_interrupted().await?;
        let mut running: JoinSet<Ended> = JoinSet::new();
        let mut holds = Holds::default();
        let mut teller = Teller::new(&self);
        loop {
            if self.controls.asked_again.swap(false, Ordering::SeqCst) {
                holds.clear();
            }
            let time_is_up = deadline.is_some_and(|deadline| deadline <= Instant::now());
            if cancel.is_cancelled() || time_is_up {
                // Dropping the tasks stops their requests; the rows go back to
                // the queue, and a replay is harmless.
                running.shutdown().await;
                self.catalog.release_interrupted().await?;
                break;
            }
            self.start_due(&mut running, &mut holds).await?;
            teller.tell().await?;
            match self
                .wait(&mut running, &mut holds, until, deadline, &cancel, &mut report, &mut teller)
                .await?
            {
                Next::Again => {}
                Next::Settled => break,
            }
        }
        teller.tell_now().await?;
        self.finish(report).await
    }

    async fn finish(&self, mut report: PushReport) -> Result<PushReport, CatalogError> {
        let counts = self.catalog.queue_counts().await?;
        report.parked = counts.parked;
        report.waiting = counts.waiting + counts.active;
        Ok(report)
    }

    /// Waits for the lock. Returns `None` when it is no longer needed.
    async fn take_lock(
        &self,
        until: Until,
        deadline: Option<Instant>,
        cancel: &CancellationToken,
    ) -> Result<Option<TransferLock>, CatalogError> {
        loop {
            if let Some(lock) = TransferLock::try_take(&self.lock_path)? {
                return Ok(Some(lock));
            }
            self.controls.note(TransferActivity::Elsewhere, None);
            self.audience.summary(&self.controls.summary(&self.catalog).await?);
            let counts = self.catalog.queue_counts().await?;
            let settled = matches!(until, Until::Settled(_)) && counts.waiting + counts.active == 0;
            if settled || cancel.is_cancelled() || deadline.is_some_and(|deadline| deadline <= Instant::now())
            {
                return Ok(None);
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(LOCK_PATIENCE) => {}
            }
        }
    }

    async fn start_due(&self, running: &mut JoinSet<Ended>, holds: &mut Holds) -> Result<(), CatalogError> {
        if self.controls.is_paused() {
            self.controls.note(TransferActivity::Paused, None);
            return Ok(());
        }
        if !holds.lets_through(Instant::now()) {
            if let Some(hold) = holds.current() {
                self.controls.note(hold.activity, Some(hold.problem.clone()));
            }
            return Ok(());
        }
        let parallel = u32::try_from(self.controls.parallel.load(Ordering::SeqCst)).unwrap_or(1).max(1);
        let allowed = if holds.is_probing() { 1 } else { parallel };
        let free = allowed.saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
        if free == 0 {
            return Ok(());
        }
        let counts = self.catalog.queue_counts().await?;
        if counts.waiting == 0 {
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
        for claimed in self.catalog.claim_transfers(UnixMs::now(), free).await? {
            let means = Means {
                bucket: bucket.clone(),
                catalog: self.catalog.clone(),
                originals: Arc::clone(&self.originals),
                meter: Arc::clone(&self.controls.meter),
                steps: self.steps.clone(),
            };
            running.spawn(async move {
                let result = attempt::run(means, claimed.clone()).await;
                Ended { claimed, result }
            });
        }
        Ok(())
    }

    /// Waits for whatever comes first: an attempt that ends, a nudge, the next
    /// due moment.
    #[expect(clippy::too_many_arguments, reason = "the state of one loop, which has no life outside it")]
    async fn wait(
        &self,
        running: &mut JoinSet<Ended>,
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
                self.controls.meter.burst_is_over();
            }
            if matches!(until, Until::Settled(_)) && self.is_stuck(holds, counts.waiting).await? {
                return Ok(Next::Settled);
            }
        }
        let due = self.next_moment(holds).await?;
        let due = match (due, deadline) {
            (Some(due), Some(deadline)) => Some(due.min(deadline)),
            (due, deadline) => due.or(deadline),
        };
        let telling = !running.is_empty() || teller.behind;
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.controls.wake.notified() => {}
            Some(ended) = running.join_next(), if !running.is_empty() => {
                if let Ok(ended) = ended {
                    self.settle(ended, holds, report, teller).await?;
                }
            }
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            () = tokio::time::sleep(TELL_EVERY), if telling => {}
        }
        Ok(Next::Again)
    }

    /// Says whether a push has nothing to wait for.
    async fn is_stuck(&self, holds: &Holds, waiting: u32) -> Result<bool, CatalogError> {
        let noted = self.controls.hold.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let needs_person = matches!(
            noted,
            Some((
                TransferActivity::NotConfigured | TransferActivity::NeedsAttention | TransferActivity::Paused,
                _
            ))
        );
        if waiting == 0 || needs_person || holds.in_a_row() >= PUSH_PROBES {
            return Ok(true);
        }
        let next = self.catalog.next_transfer_at().await?;
        let horizon = UnixMs::now().plus_ms(i64::try_from(PUSH_PATIENCE.as_millis()).unwrap_or(i64::MAX));
        Ok(next.is_some_and(|next| next > horizon))
    }

    async fn next_moment(&self, holds: &Holds) -> Result<Option<Instant>, CatalogError> {
        if self.controls.is_paused() {
            return Ok(None);
        }
        if let Some(hold) = holds.current() {
            return Ok(hold.until);
        }
        let noted = self.controls.hold.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if matches!(noted, Some((TransferActivity::NotConfigured, _))) {
            return Ok(None);
        }
        let now = UnixMs::now();
        let next = self.catalog.next_transfer_at().await?.filter(|next| *next > now);
        Ok(next.map(|next| Instant::now() + Duration::from_millis(next.0.abs_diff(now.0))))
    }

    async fn settle(
        &self,
        ended: Ended,
        holds: &mut Holds,
        report: &mut PushReport,
        teller: &mut Teller<'_>,
    ) -> Result<(), CatalogError> {
        let Ended { claimed, result } = ended;
        let trouble = match result {
            Ok(()) => {
                holds.clear();
                match claimed.operation {
                    Operation::Put => report.stored += 1,
                    Operation::Delete => report.deleted += 1,
                }
                teller.settled.push(claimed.image_id);
                return Ok(());
            }
            Err(trouble) => trouble,
        };
        tracing::warn!(key = %claimed.key, attempt = claimed.attempt, trouble = ?trouble, "a transfer failed");
        let problem = trouble.problem();
        let now = UnixMs::now();
        let later = |pause: Duration| now.plus_ms(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        match plan::decide(trouble.class(), claimed.attempt, chance()) {
            Decision::Park => self.catalog.park_transfer(claimed.id, problem).await?,
            Decision::Retry(pause) => {
                self.catalog.reschedule_transfer(claimed.id, later(pause), Some(problem)).await?;
            }
            Decision::HoldAndProbe => {
                self.catalog.reschedule_transfer(claimed.id, now, None).await?;
                holds.probe_later(problem, TransferActivity::Offline, chance());
            }
            Decision::BackOff(_) => {
                self.catalog.reschedule_transfer(claimed.id, now, Some(problem.clone())).await?;
                holds.probe_later(problem, TransferActivity::Running, chance());
            }
            Decision::HoldAndAsk => {
                self.catalog.reschedule_transfer(claimed.id, now, Some(problem.clone())).await?;
                holds.ask(problem);
            }
        }
        teller.settled.push(claimed.image_id);
        Ok(())
    }
}

/// Tells the audience, but not more often than it can look.
struct Teller<'a> {
    runner: &'a Runner,
    told: Option<StdInstant>,
    settled: Vec<ImageId>,
    /// Something was held back because it came too soon.
    behind: bool,
    last: Option<TransferSummary>,
}

impl<'a> Teller<'a> {
    fn new(runner: &'a Runner) -> Self {
        Self { runner, told: None, settled: Vec::new(), behind: false, last: None }
    }

    async fn tell(&mut self) -> Result<(), CatalogError> {
        if self.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            self.behind = true;
            return Ok(());
        }
        self.tell_now().await
    }

    async fn tell_now(&mut self) -> Result<(), CatalogError> {
        self.told = Some(StdInstant::now());
        self.behind = false;
        let summary = self.runner.controls.summary(&self.runner.catalog).await?;
        if self.last.as_ref() != Some(&summary) {
            self.runner.audience.summary(&summary);
            self.last = Some(summary);
        }
        if !self.settled.is_empty() {
            self.runner.audience.settled(std::mem::take(&mut self.settled));
        }
        Ok(())
    }
}

/// Spreads pauses; when there is no randomness the middle will do.
fn chance() -> f64 {
    let mut byte = [128_u8];
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}
