//! Keeps the feeds published while the window is open.

use super::publish::{LOOK_EVERY, continue_after};
use super::step::Stepped;
use crate::library::{Library, LibraryEvent};
use crate::model::OwnerId;
use std::collections::HashMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long after a change publishing begins. More changes often follow.
const SETTLE: Duration = Duration::from_secs(2);
/// How long after a hindrance it is tried again.
const TRY_AGAIN: Duration = Duration::from_mins(5);

impl Library {
    /// Keeps the feeds of all profiles as they should be. Runs until cancelled, and does nothing while nothing
    /// changes.
    pub async fn keep_feeds_published(&self, cancel: CancellationToken) {
        if self.look_only().is_some() {
            return;
        }
        let mut events = self.events();
        // What a process that ended left undone.
        let mut pause = Some(SETTLE);
        let mut seen: HashMap<OwnerId, (i64, Stepped)> = HashMap::new();
        let mut tried_again = tokio::time::Instant::now();
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = self.shared.publishing.wake.notified() => continue_after(SETTLE, &cancel).await,
                event = events.recv() => match event {
                    // Most changes have nothing to do with a feed; the revision says which do.
                    Ok(LibraryEvent::Catalog(_)) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                        continue_after(SETTLE, &cancel).await;
                    }
                    Ok(LibraryEvent::Transfers(_)) if seen.values().any(|(_, stepped)| *stepped == Stepped::Waiting) => {}
                    Ok(_) => continue,
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
                },
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
            if tried_again.elapsed() >= TRY_AGAIN {
                tried_again = tokio::time::Instant::now();
                self.forget_hindrances();
            }
            pause = self.step_all(&mut seen, &cancel).await;
        }
    }

    /// Takes steps for all profiles until each has to wait. Returns when to look again; `None` if only a change can
    /// make a difference.
    async fn step_all(
        &self,
        seen: &mut HashMap<OwnerId, (i64, Stepped)>,
        cancel: &CancellationToken,
    ) -> Option<Duration> {
        let owners = match self.feed_owners().await {
            Ok(owners) => owners,
            Err(error) => {
                tracing::error!(%error, "the feeds cannot be read");
                return Some(TRY_AGAIN);
            }
        };
        let mut pause: Option<Duration> = None;
        for owner in owners {
            let stepped = loop {
                let revision = self.catalog().feed_revision(&owner).await.unwrap_or_default();
                if seen.get(&owner) == Some(&(revision, Stepped::Done)) {
                    break Stepped::Done;
                }
                match self.feed_step(&owner, cancel).await {
                    Ok(Stepped::Again) if !cancel.is_cancelled() => {}
                    Ok(stepped) => {
                        seen.insert(owner.clone(), (revision, stepped));
                        self.tell(LibraryEvent::Feed);
                        break stepped;
                    }
                    Err(error) => {
                        tracing::error!(%error, "a feed cannot be published");
                        break Stepped::Hindered;
                    }
                }
            };
            let wait = match stepped {
                Stepped::Waiting => Some(LOOK_EVERY),
                Stepped::Hindered => Some(TRY_AGAIN),
                Stepped::Done | Stepped::Again => None,
            };
            pause = [pause, wait].into_iter().flatten().min();
        }
        pause
    }
}
