//! Publishes feeds: asks for the next step, has it carried out, and waits for its transfers.

use super::Known;
use super::site::{SharedParts, folder_address};
use super::step::{Publisher, Stepped};
use crate::error::Error;
use crate::files::{Outgoing, ProcessLock};
use crate::library::Library;
use crate::model::{FeedSettings, OwnerId, TransferProblemCode, UnixMs};
use crate::publish::plan::{Step, next};
use crate::transfer::PushReport;
use serde::Serialize;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a publisher that waits for its transfers checks whether they are done, if nothing wakes it.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The result of publishing until nothing is left to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FeedPush {
    /// The transfers that were carried out.
    pub transfers: PushReport,
    /// Whether the bucket has everything that belongs on the feed and nothing else.
    pub is_complete: bool,
}

impl Library {
    /// Takes one step towards the right feed of a profile. Does not wait for transfers.
    pub(super) async fn feed_step(
        &self,
        owner: &OwnerId,
        cancel: &CancellationToken,
    ) -> Result<Stepped, Error> {
        let _turn = self.shared.publishing.turn.lock().await;
        let lock = self.shared.folder.feed_lock();
        let locked = tokio::task::spawn_blocking(move || ProcessLock::try_take(&lock)).await?;
        // Another process takes a step.
        let Some(_lock) = locked.map_err(Error::Folder)? else { return Ok(Stepped::Waiting) };
        if self.catalog().is_feed_busy(owner).await? {
            return Ok(Stepped::Waiting);
        }
        let revision = self.catalog().feed_revision(owner).await?;
        let mut settings = self.feed_settings_of(owner).await?;
        let base = self.public_base().await?;
        if base.is_none() {
            // Without a public address there is nothing to publish to; what is there goes as soon as a bucket is known.
            settings.is_on = false;
        }
        let base = base.map(|base| folder_address(&base, owner));
        let shared = self.shared_parts(owner, &settings, base).await?;
        self.catalog().note_stored_copies(owner, UnixMs::now()).await?;
        let step = self.next_step(owner, revision, &settings, &shared).await?;
        let outgoing = Outgoing::at(self.shared.folder.root());
        let hashes = self.catalog().outgoing_hashes().await?;
        let swept = outgoing.clone();
        tokio::task::spawn_blocking(move || swept.keep_only(&hashes)).await?.map_err(Error::Folder)?;
        let publisher =
            Publisher { library: self, owner: owner.clone(), settings, shared, revision, outgoing };
        let stepped = publisher.carry_out(step, cancel).await?;
        if matches!(stepped, Stepped::Done | Stepped::Hindered) {
            self.shared.publishing.known().remove(owner);
        }
        match stepped {
            // What is parked may be retried, without a change after which a new plan is made anyway.
            Stepped::Done if self.catalog().feed_totals(owner).await?.parked > 0 => Ok(Stepped::Hindered),
            stepped => Ok(stepped),
        }
    }

    /// Returns the next step of a feed. Planned copies are continued without another plan, which reads the state of
    /// every image.
    async fn next_step(
        &self,
        owner: &OwnerId,
        revision: i64,
        settings: &FeedSettings,
        shared: &SharedParts,
    ) -> Result<Step, Error> {
        let copies = self.shared.publishing.take_copies(owner, revision);
        let other = TransferProblemCode::OtherLibrary;
        if !copies.is_empty() && settings.is_on && !self.catalog().is_feed_refused(owner, other, None).await?
        {
            return Ok(Step::Copies(copies));
        }
        let wanted = self.wanted_at(revision, owner, settings).await?;
        let known = Known { revision, wanted: wanted.clone(), copies: Vec::new() };
        self.shared.publishing.known().insert(owner.clone(), known);
        let state = self.feed_state(owner, settings.is_on, wanted.images, shared).await?;
        Ok(tokio::task::spawn_blocking(move || next(&state)).await?)
    }

    /// Publishes and takes back until nothing is left to do, or nothing can move.
    pub async fn publish_feed(
        &self,
        timeout: Option<Duration>,
        cancel: CancellationToken,
    ) -> Result<FeedPush, Error> {
        self.require_writable()?;
        let deadline = timeout.and_then(|timeout| tokio::time::Instant::now().checked_add(timeout));
        let (mut push, mut is_hindered) = (FeedPush::default(), false);
        self.forget_hindrances();
        for owner in self.feed_owners().await? {
            loop {
                let left =
                    deadline.map(|deadline| deadline.saturating_duration_since(tokio::time::Instant::now()));
                if cancel.is_cancelled() || left == Some(Duration::ZERO) {
                    return Ok(push);
                }
                match self.feed_step(&owner, &cancel).await? {
                    Stepped::Again => {}
                    Stepped::Done => break,
                    Stepped::Hindered => {
                        is_hindered = true;
                        break;
                    }
                    Stepped::Waiting => {
                        let report = self.push(left, cancel.clone()).await?;
                        push.transfers.add(report);
                        if self.catalog().is_feed_busy(&owner).await? {
                            return Ok(push);
                        }
                        if report.published + report.withdrawn == 0 {
                            // Another process takes the step.
                            let pause = left.map_or(LOOK_EVERY, |left| left.min(LOOK_EVERY));
                            continue_after(pause, &cancel).await;
                        }
                    }
                }
            }
        }
        let summary = self.transfer_summary().await?;
        (push.transfers.parked, push.transfers.waiting) = (summary.parked, summary.waiting + summary.active);
        push.is_complete = !is_hindered && self.catalog().parked_feed_files().await? == 0;
        Ok(push)
    }

    /// Says whether any profile has a feed, or something is left of one.
    pub async fn has_feed(&self) -> Result<bool, Error> {
        Ok(!self.feed_owners().await?.is_empty())
    }

    /// Returns the profiles that have a feed, or had one of which something is left.
    pub(super) async fn feed_owners(&self) -> Result<Vec<OwnerId>, Error> {
        Ok(self.catalog().feed_owners().await?)
    }

    pub(super) fn forget_hindrances(&self) {
        self.shared.publishing.hindered().clear();
    }
}

/// Waits, unless it is cancelled.
pub(super) async fn continue_after(time: Duration, cancel: &CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}
