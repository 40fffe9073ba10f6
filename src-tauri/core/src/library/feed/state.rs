//! What publishing knows before it plans: what is wanted, and what the bucket has.

use super::site::{SharedParts, prefix};
use crate::catalog::{CopyState, FeedFile, FeedRole};
use crate::error::Error;
use crate::library::Library;
use crate::model::{ImageId, OwnerId, TransferProblemCode};
use crate::publish::plan::{CopyProgress, KnownCopy, Published, State, Wanted};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What is known about a page or a list, for the plan.
fn published(file: &FeedFile) -> Published {
    Published { print: file.print, is_there: file.is_there, is_parked: file.is_parked, stays: file.stays }
}

fn progress_of(copy: &CopyState) -> CopyProgress {
    if copy.has_problem {
        CopyProgress::Refused
    } else if copy.is_stored {
        CopyProgress::Stored
    } else if copy.is_parked {
        CopyProgress::Parked
    } else {
        CopyProgress::Made
    }
}

impl Library {
    /// Returns the state that a plan is made from. Copies that cannot be made now count as parked. Writes nothing.
    pub(super) async fn feed_state(
        &self,
        owner: &OwnerId,
        is_on: bool,
        wanted: Arc<[Wanted]>,
        shared: &SharedParts,
    ) -> Result<State, Error> {
        let catalog = self.catalog();
        let mut copies: HashMap<ImageId, Vec<KnownCopy>> = HashMap::new();
        for copy in catalog.copy_states(owner).await? {
            let known = KnownCopy { terms: copy.terms, state: progress_of(&copy) };
            copies.entry(copy.image).or_default().push(known);
        }
        {
            let mut hindered = self.shared.publishing.hindered();
            let is_wanted: HashSet<&ImageId> = wanted.iter().map(|wanted| &wanted.image).collect();
            hindered.retain(|image, hindrance| hindrance.owner != *owner || is_wanted.contains(image));
            for wanted in wanted.iter().filter(|wanted| hindered.contains_key(&wanted.image)) {
                let known = copies.entry(wanted.image.clone()).or_default();
                if known.iter().all(|copy| copy.terms != wanted.terms) {
                    known.push(KnownCopy { terms: wanted.terms, state: CopyProgress::Parked });
                }
            }
        }
        let mut state = State {
            is_on,
            wanted,
            site: shared.print,
            styles: shared.files.iter().map(|file| file.path.clone()).collect(),
            copies,
            has_unwanted: !catalog.unwanted_feed_files(owner, 1).await?.is_empty(),
            is_held: catalog.is_feed_refused(owner, TransferProblemCode::OtherLibrary, None).await?,
            ..State::default()
        };
        let prefix = prefix(owner);
        for file in catalog.feed_files(owner).await? {
            let known = published(&file);
            if let (FeedRole::Page, Some(image)) = (file.role, file.image) {
                state.pages.insert(image, known);
            } else {
                let path = file.key.as_str().strip_prefix(&prefix).unwrap_or_default().to_owned();
                state.files.insert(path, known);
            }
        }
        Ok(state)
    }
}
