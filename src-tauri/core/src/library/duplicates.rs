//! Groups of images that look the same: a picture that was saved again, resized, or stripped of its metadata
//! by a chat program. Nothing is saved or changed; the artist decides.

mod pairs;

use super::{Library, LibraryEvent};
use crate::catalog::KnownFingerprint;
use crate::error::Error;
use crate::model::{DuplicateImage, Duplicates, DuplicatesProgress, Fingerprint};
use pairs::{BANDS, Groups, SAME, groups};
use std::cmp::Reverse;
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// The most groups that are returned.
const MOST_GROUPS: usize = 1_000;
/// The most images of which groups are made at once. A picture that has more copies gives several groups.
const MOST_TOGETHER: usize = 1_000;
/// About how many images are read at a time.
const READ_AT_ONCE: usize = 2_000;
/// The steps of the search: reading the fingerprints, the bands, and reading the images.
const STEPS: u32 = BANDS + 2;

impl Library {
    /// Finds the groups of generated images of the profile, outside the trash, that look the same. Takes under
    /// a minute for a million images, on a thread of its own. Sends an event after each step.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once `cancel` is cancelled.
    pub async fn find_duplicates(
        &self,
        cancel: CancellationToken,
        progress: impl Fn(DuplicatesProgress) + Send + Sync + 'static,
    ) -> Result<Duplicates, Error> {
        let library = self.clone();
        let step = move |done| {
            let now = DuplicatesProgress { done, total: STEPS };
            library.tell(LibraryEvent::Duplicates(now));
            progress(now);
        };
        step(0);
        let not_compared = self.catalog().count_fingerprints_to_make().await?;
        let cancelled = cancel.clone();
        let mut known = self.catalog().all_fingerprints(move || !cancelled.is_cancelled()).await?;
        // The newest pictures come first, and so do their groups.
        known.sort_unstable_by_key(|known| Reverse(known.number));
        step(1);
        let cancelled = cancel.clone();
        let (found, known, step) = tokio::task::spawn_blocking(move || {
            let bits: Vec<Fingerprint> = known.iter().map(|known| known.bits).collect();
            let found = groups(&bits, &|| !cancelled.is_cancelled(), &mut |band| step(1 + band));
            (found, known, step)
        })
        .await?;
        let Some(Groups { groups, is_complete }) = found else { return Err(Error::Cancelled) };
        let mut duplicates = Duplicates { not_compared, is_complete, ..Duplicates::default() };
        let mut batch: Vec<Vec<KnownFingerprint>> = Vec::new();
        let mut images = 0;
        for group in groups {
            let pictures = group.iter().filter_map(|index| known.get(*index as usize).copied());
            let pictures: Vec<_> = pictures.collect();
            for part in pictures.chunks(MOST_TOGETHER) {
                images += part.len();
                batch.push(part.to_vec());
            }
            if images >= READ_AT_ONCE {
                self.add_groups(std::mem::take(&mut batch), &mut duplicates).await?;
                images = 0;
            }
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
        }
        self.add_groups(batch, &mut duplicates).await?;
        step(STEPS);
        Ok(duplicates)
    }

    /// Reads the images of pictures that look the same, and adds their groups.
    async fn add_groups(
        &self,
        batch: Vec<Vec<KnownFingerprint>>,
        duplicates: &mut Duplicates,
    ) -> Result<(), Error> {
        let numbers = batch.iter().flatten().map(|known| known.number).collect();
        let mut images: HashMap<i64, DuplicateImage> =
            self.catalog().duplicates_of(&self.owner(), numbers).await?.into_iter().collect();
        for pictures in batch {
            let together =
                pictures.iter().filter_map(|known| Some((known.bits, images.remove(&known.number)?)));
            for group in around_the_best(together.collect()) {
                if duplicates.groups.len() < MOST_GROUPS {
                    duplicates.groups.push(group);
                } else {
                    duplicates.left_out += 1;
                }
            }
        }
        Ok(())
    }
}

/// Makes groups of two or more. The best image comes first, and each of the others looks the same as that one,
/// not only as some other image of the group.
fn around_the_best(mut images: Vec<(Fingerprint, DuplicateImage)>) -> Vec<Vec<DuplicateImage>> {
    images.sort_by_cached_key(|(_, image)| {
        let pixels = u64::from(image.width.unwrap_or(0)) * u64::from(image.height.unwrap_or(0));
        let chosen = (image.is_public, image.rating, image.is_favourite, image.has_note, image.collections);
        Reverse((
            image.has_generation_data,
            pixels,
            chosen,
            image.is_stored,
            Reverse((image.created_at, image.id.clone())),
        ))
    });
    let mut groups = Vec::new();
    while images.len() > 1 {
        let (best, keeper) = images.remove(0);
        let (same, others): (Vec<_>, Vec<_>) =
            images.into_iter().partition(|(bits, _)| best.distance(*bits) <= SAME);
        let same =
            same.into_iter().map(|(bits, image)| DuplicateImage { distance: best.distance(bits), ..image });
        let group: Vec<_> = std::iter::once(keeper).chain(same).collect();
        if group.len() > 1 {
            groups.push(group);
        }
        images = others;
    }
    groups
}
