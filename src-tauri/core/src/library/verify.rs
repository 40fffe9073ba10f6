//! Verifies the library against its disk and its bucket.

use super::{CatalogChanged, Library, LibraryEvent, backups};
use crate::bucket::{ConfigProblem, LibraryMark};
use crate::error::Error;
use crate::files::Backups;
use crate::model::{UnknownObjects, VerifyOptions, VerifyProgress, VerifyReport};
use crate::transfer::Destination;
use crate::verify::{self, VerifyContext};
use tokio_util::sync::CancellationToken;

impl Library {
    /// Compares catalog, originals and bucket for all profiles, and repairs
    /// what the options allow. Without a bucket, only the disk is checked.
    /// `progress` is called at most ten times a second.
    pub async fn verify(
        &self,
        options: VerifyOptions,
        cancel: CancellationToken,
        mut progress: impl FnMut(VerifyProgress) + Send + Sync,
    ) -> Result<VerifyReport, Error> {
        if options.repair || options.unknown != UnknownObjects::Report {
            self.require_writable()?;
        }
        // If a bucket is configured but cannot be used, the reason is an error
        // here.
        let bucket = match self.config().await {
            Ok(_) => match self.destination().await {
                Destination::Bucket(bucket) => Some(bucket),
                Destination::None | Destination::Unusable(_) => None,
            },
            Err(Error::Config(ConfigProblem::Missing(_))) if options.unknown == UnknownObjects::Report => {
                None
            }
            Err(error) => return Err(error),
        };
        let context = VerifyContext {
            stores: self.shared.stores.clone(),
            bucket,
            library: LibraryMark::of(&self.shared.id),
            limits: self.read_limits(),
            public_base: self.public_base().await?,
            zone: self.zone(),
            owner: self.owner(),
            backups: backups::newest_first(&Backups::of(self.shared.folder.root()))?,
        };
        let mut tell = |now: VerifyProgress| {
            self.tell(LibraryEvent::Verify(now));
            progress(now);
        };
        let verified = Box::pin(verify::run(&context, options, &cancel, &mut tell)).await;
        self.write_requests().await;
        let verified = verified?;
        if !verified.changed.is_empty() {
            self.tell(LibraryEvent::Catalog(CatalogChanged::changed(verified.changed)));
        }
        let counts = verified.report.counts;
        let changes = options.repair || options.unknown == UnknownObjects::Delete;
        if changes && counts.missing_feed_file + counts.different_feed_file > 0 {
            self.feed_changed();
        }
        self.shared.controls.wake();
        Ok(verified.report)
    }
}
