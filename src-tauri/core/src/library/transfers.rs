//! Runs, observes and controls the transfers.

use super::{CatalogChanged, Library, LibraryEvent};
use crate::bucket::{ConfigProblem, LibraryMark};
use crate::error::Error;
use crate::files::Outgoing;
use crate::model::{
    Bytes, ImageId, SystemClock, Transfer, TransferState, TransferSummary, UnixMs, WorkEnded,
};
use crate::transfer::{Audience, PushReport, RetryPolicy, Runner, Until};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

impl Audience for Library {
    fn summary(&self, summary: &TransferSummary) {
        self.tell(LibraryEvent::Transfers(summary.clone()));
    }

    fn settled(&self, images: Vec<ImageId>) {
        self.tell(LibraryEvent::Catalog(CatalogChanged::changed(images)));
    }

    fn uploads_ended(&self, ended: WorkEnded) {
        self.tell(LibraryEvent::Ended(ended));
    }

    fn purged(&self) {
        self.tell(LibraryEvent::Purged);
    }
}

impl Library {
    fn runner(&self) -> Runner {
        let (library, purges) = (self.clone(), self.clone());
        Runner {
            catalog: self.catalog().clone(),
            originals: Arc::clone(&self.shared.stores.originals),
            outgoing: Outgoing::at(self.shared.folder.root()),
            lock_path: self.shared.folder.transfer_lock(),
            library: LibraryMark::of(&self.shared.id),
            find_bucket: Box::new(move || {
                let library = library.clone();
                tokio::spawn(async move { library.destination().await })
            }),
            find_purger: Box::new(move || {
                let library = purges.clone();
                tokio::spawn(async move { library.purge_destination().await })
            }),
            audience: Arc::new(self.clone()),
            controls: Arc::clone(&self.shared.controls),
            pace: RetryPolicy::default(),
            clock: Arc::new(SystemClock),
            kill_points: self.shared.stores.kill_points.clone(),
        }
    }

    /// Runs transfers until cancelled. After a failure of the catalog, it
    /// starts again a few seconds later.
    pub async fn run_transfers(&self, cancel: CancellationToken) {
        if self.look_only().is_some() {
            return;
        }
        while !cancel.is_cancelled() {
            if let Err(error) = self.runner().run(Until::Cancelled, cancel.clone()).await {
                tracing::error!(%error, "transfers stopped");
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = tokio::time::sleep(Duration::from_secs(5)) => {}
                }
            }
        }
    }

    /// Runs transfers until no transfer can make progress any more, or until
    /// the timeout.
    pub async fn push(
        &self,
        timeout: Option<Duration>,
        cancel: CancellationToken,
    ) -> Result<PushReport, Error> {
        self.require_writable()?;
        let waiting = self.catalog().queue_counts().await?.waiting;
        if waiting > 0
            && let Err(error @ (Error::Config(ConfigProblem::Missing(_)) | Error::Secrets(_))) =
                self.config().await
        {
            return Err(error);
        }
        Ok(self.runner().run(Until::Settled(timeout), cancel).await?)
    }

    /// Returns how many transfers there are in each state, and what the engine is doing.
    pub async fn transfer_summary(&self) -> Result<TransferSummary, Error> {
        self.shared.controls.look_elsewhere(&self.shared.folder.transfer_lock());
        Ok(self.shared.controls.summary(self.catalog()).await?)
    }

    /// Returns up to `limit` transfers, at most 1,000: running ones first, then
    /// parked ones, then queued ones. Each group is in the order in which it
    /// was queued.
    pub async fn transfers(&self, limit: u32) -> Result<Vec<Transfer>, Error> {
        let mut transfers = self.catalog().transfers(limit.clamp(1, 1000)).await?;
        self.shared.controls.look_elsewhere(&self.shared.folder.transfer_lock());
        for transfer in &mut transfers {
            if transfer.state == TransferState::Active {
                transfer.bytes_done = Bytes(self.shared.controls.bytes_of(transfer.id));
            }
        }
        Ok(transfers)
    }

    /// Starts no new transfers until they are resumed, even after a restart.
    pub async fn pause_transfers(&self) -> Result<(), Error> {
        self.set_paused(true).await
    }

    /// Resumes transfers after a pause.
    pub async fn resume_transfers(&self) -> Result<(), Error> {
        self.set_paused(false).await
    }

    async fn set_paused(&self, paused: bool) -> Result<(), Error> {
        self.catalog().set_transfers_paused(paused).await?;
        self.shared.controls.set_paused(paused);
        self.tell(LibraryEvent::Transfers(self.transfer_summary().await?));
        Ok(())
    }

    /// Retries parked and waiting transfers now, either those with these ids or
    /// all. Returns the ids that do not exist.
    pub async fn retry_transfers(&self, ids: Option<Vec<i64>>) -> Result<Vec<i64>, Error> {
        if ids.is_none() {
            self.catalog().release_purges(UnixMs(0)).await?;
        }
        let unknown = self.catalog().retry_transfers(ids).await?;
        self.catalog().ask_again(UnixMs::now()).await?;
        self.shared.controls.try_again();
        self.feed_changed();
        Ok(unknown)
    }

    /// Parks an upload that is not running, until it is retried.
    pub async fn cancel_transfer(&self, id: i64) -> Result<(), Error> {
        self.catalog().cancel_transfer(id).await?;
        self.shared.controls.wake();
        self.tell(LibraryEvent::Transfers(self.transfer_summary().await?));
        Ok(())
    }
}
