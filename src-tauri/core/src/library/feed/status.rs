//! How far the feed of a profile is published.

use super::Hindrance;
use super::copies::NOT_HERE;
use super::site::{folder_address, key};
use super::wanted::WantedImages;
use crate::catalog::PublicRow;
use crate::error::Error;
use crate::library::Library;
use crate::model::{
    FeedActivity, FeedProblem, FeedStatus, ImageId, OwnerId, TransferActivity, TransferProblemCode,
};
use crate::publish::plan::{progress, without_copy};
use std::sync::Arc;

/// The most problems that a status names.
const MAX_PROBLEMS: u32 = 100;
/// Why a feed is not published at an address that another library uses, and what to do about it.
const OTHER_LIBRARY: &str = "Another library publishes its feed at this address. Take back that feed, or publish \
    with another profile or into another bucket.";

/// Why a feed is not published at an address where somebody else's object is, and what to do about it.
const OTHER_OBJECT: &str = "An object that Vitrine did not publish is at this address. Delete or rename it in the \
    bucket, and publish again.";

impl Library {
    /// Returns how far the active profile's feed is published.
    pub async fn feed_status(&self) -> Result<FeedStatus, Error> {
        let owner = self.owner();
        let revision = self.catalog().feed_revision(&owner).await?;
        let settings = self.feed_settings_of(&owner).await?;
        let base = self.public_base().await?;
        let address = base.as_deref().map(|base| folder_address(base, &owner));
        let shared = self.shared_parts(&owner, &settings, address.clone()).await?;
        let WantedImages { images: wanted, counts, .. } = self.wanted_at(revision, &owner, &settings).await?;
        let mut state = self.feed_state(&owner, settings.is_on, Arc::clone(&wanted), &shared).await?;
        if self.note_lost_originals(&owner, &without_copy(&state, MAX_PROBLEMS as usize)).await? {
            state = self.feed_state(&owner, settings.is_on, wanted, &shared).await?;
        }
        let images = u32::try_from(state.wanted.len()).unwrap_or(u32::MAX);
        let is_empty = state.files.is_empty() && state.pages.is_empty() && state.copies.is_empty();
        let is_held = state.is_held;
        let progress = tokio::task::spawn_blocking(move || progress(&state)).await?;
        let totals = self.catalog().feed_totals(&owner).await?;
        // Whoever opens the address sees something else.
        let index = Some(key(&owner, "index.html")?);
        let is_taken =
            self.catalog().is_feed_refused(&owner, TransferProblemCode::OtherObject, index).await?;
        let left_in_bucket = self.catalog().feed_left(&owner).await?;
        let (mut problems, mut problem_count) = self.catalog().copy_problems(&owner, MAX_PROBLEMS).await?;
        problem_count += self.add_hindered(&mut problems).await?;
        problems.extend(self.catalog().parked_feed_problems(&owner, MAX_PROBLEMS).await?);
        problem_count += totals.parked;
        problems.truncate(MAX_PROBLEMS as usize);
        let summary = self.transfer_summary().await?;
        let moves = matches!(summary.activity, TransferActivity::Running | TransferActivity::Idle);
        let activity = match (settings.is_on, is_empty && totals.files == 0) {
            (false, true) => FeedActivity::Off,
            (false, false) => FeedActivity::TakingBack,
            (true, _) if base.is_none() || is_held || is_taken => FeedActivity::NotPublished,
            (true, _) if progress.changes == 0 && totals.waiting == 0 => FeedActivity::Published,
            (true, _) if moves => FeedActivity::Publishing,
            (true, _) => FeedActivity::Waiting,
        };
        let reason = match activity {
            FeedActivity::NotPublished if is_held => Some(OTHER_LIBRARY.to_owned()),
            FeedActivity::NotPublished if is_taken => Some(OTHER_OBJECT.to_owned()),
            FeedActivity::NotPublished => Some("No bucket with a public address is connected.".to_owned()),
            _ => None,
        };
        Ok(FeedStatus {
            owner_id: owner,
            is_on: settings.is_on,
            activity,
            reason,
            has_own_domain: base.as_deref().is_some_and(is_own_domain),
            address: address.map(|address| format!("{address}index.html")),
            images,
            published: progress.published,
            changes: progress.changes,
            waiting_files: totals.waiting,
            shown: counts.shown,
            left_out: counts.left_out,
            problems,
            problem_count,
            left_in_bucket,
            files: totals.files,
            size_bytes: totals.size_bytes,
            written_at: totals.written_at,
        })
    }

    /// Notes which of these images cannot have a copy because their originals are nowhere, as another process has
    /// found when it tried. Returns whether there are any.
    async fn note_lost_originals(&self, owner: &OwnerId, images: &[ImageId]) -> Result<bool, Error> {
        let rows = self.catalog().public_images_of(owner, images.to_vec()).await?;
        let originals = Arc::clone(&self.shared.stores.originals);
        let find = move || {
            let is_missing =
                |row: &PublicRow| originals.exists(&row.sha256, row.format).is_ok_and(|is_here| !is_here);
            rows.into_iter().flatten().filter(is_missing).collect::<Vec<_>>()
        };
        let mut has_lost = false;
        for row in tokio::task::spawn_blocking(find).await? {
            if self.catalog().stored_original(row.sha256).await?.is_none() {
                has_lost = true;
                let hindrance = Hindrance { owner: owner.clone(), reason: NOT_HERE.to_owned() };
                self.shared.publishing.hindered().insert(row.id, hindrance);
            }
        }
        Ok(has_lost)
    }

    /// Adds the images whose copies cannot be made now. Returns how many there are.
    async fn add_hindered(&self, problems: &mut Vec<FeedProblem>) -> Result<u32, Error> {
        let owner = self.owner();
        let (mut ids, mut reasons): (Vec<_>, Vec<_>) = {
            let hindered = self.shared.publishing.hindered();
            let ours = hindered.iter().filter(|(_, hindrance)| hindrance.owner == owner);
            ours.map(|(image, hindrance)| (image.clone(), hindrance.reason.clone())).unzip()
        };
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        ids.truncate(MAX_PROBLEMS as usize);
        reasons.truncate(MAX_PROBLEMS as usize);
        let rows = self.catalog().public_images_of(&owner, ids.clone()).await?;
        for ((image, reason), row) in ids.into_iter().zip(reasons).zip(rows) {
            let filename = row.map(|row| row.filename).unwrap_or_default();
            problems.push(FeedProblem { image_id: Some(image), filename, reason });
        }
        Ok(count)
    }
}

/// Says whether an address is on a domain of the artist's own, not on one of a store.
fn is_own_domain(base: &str) -> bool {
    let host =
        url::Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let of_a_store = [".r2.dev", ".r2.cloudflarestorage.com", ".amazonaws.com"];
    let is_numeric = host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[');
    !host.is_empty()
        && !is_numeric
        && host != "localhost"
        && !of_a_store.iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::is_own_domain;

    #[test]
    fn domains_of_stores_and_addresses_of_machines_are_not_own_domains() {
        assert!(is_own_domain("https://art.example.org/x"));
        for other in
            ["https://pub-1.r2.dev", "http://127.0.0.1:8333/bucket", "http://localhost:1", "http://[::1]:1"]
        {
            assert!(!is_own_domain(other), "{other}");
        }
    }
}
