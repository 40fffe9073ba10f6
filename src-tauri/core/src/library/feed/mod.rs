//! The published feed of a profile: its settings, what belongs on it, and the way from there to the bucket or to a
//! folder.
//!
//! Publishing is one question that is asked again and again: `publish::plan` compares what is wanted with what the
//! bucket has, and names the next step. A step makes files, puts them aside and queues their transfers, and the next
//! step is planned when they are confirmed. All memory of it is in the catalog, so it can be stopped at any moment.

mod build;
mod copies;
mod folder;
mod keep;
mod publish;
mod settings;
mod site;
mod state;
mod status;
mod step;
mod terms;
mod wanted;

pub use publish::FeedPush;
pub use terms::PublicTerms;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use crate::model::{ImageId, OwnerId};
use crate::publish::plan::Chosen;
use wanted::WantedImages;

/// What publishing keeps in memory.
#[derive(Debug, Default)]
pub(super) struct Publishing {
    /// One step at a time.
    turn: tokio::sync::Mutex<()>,
    /// Wakes the publisher.
    pub(super) wake: tokio::sync::Notify,
    /// Copies that could not be made now. They are tried again.
    hindered: Mutex<HashMap<ImageId, Hindrance>>,
    /// What is known of the feeds that are being published.
    known: Mutex<HashMap<OwnerId, Known>>,
}

/// What the last step of a feed has found out. It counts while the revision is the same: a feed of many images is
/// published in many steps, which change neither.
#[derive(Debug)]
struct Known {
    revision: i64,
    wanted: WantedImages,
    /// The copies that were planned and are not made yet.
    copies: Vec<Chosen>,
}

impl Publishing {
    fn hindered(&self) -> MutexGuard<'_, HashMap<ImageId, Hindrance>> {
        super::lock(&self.hindered)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<OwnerId, Known>> {
        super::lock(&self.known)
    }

    /// Takes the copies that were planned at a revision and are not made yet.
    fn take_copies(&self, owner: &OwnerId, revision: i64) -> Vec<Chosen> {
        let mut known = self.known();
        let known = known.get_mut(owner).filter(|known| known.revision == revision);
        known.map(|known| std::mem::take(&mut known.copies)).unwrap_or_default()
    }
}

/// Why a copy could not be made now.
#[derive(Debug, Clone)]
struct Hindrance {
    owner: OwnerId,
    reason: String,
}
