//! The check of a bucket, and what follows from its result.

use crate::bucket::{Bucket, BucketConfig, doctor};
use crate::error::Error;
use crate::library::{Library, LibraryEvent};
use crate::model::{CheckOutcome, CheckStep, CheckStepName};
use crate::transfer;
use std::time::Duration;

/// How long switching on a feed waits for the trial of the store. After that, the store counts as slow.
const TRIAL_PATIENCE: Duration = Duration::from_secs(15);

impl Library {
    /// Tests the bucket step by step, and calls `tell` as each step ends.
    pub async fn check_bucket(
        &self,
        mut tell: impl FnMut(&CheckStep) + Send,
    ) -> Result<Vec<CheckStep>, Error> {
        let config = match self.config().await {
            Ok(config) => Ok(config),
            Err(Error::Config(problem)) => Err(problem),
            Err(error) => return Err(error),
        };
        let mut report = |step: &CheckStep| {
            self.tell(LibraryEvent::Check(step.clone()));
            tell(step);
        };
        let place = config.as_ref().ok().map(BucketConfig::place);
        let mut steps = doctor::check(config, self.shared.controls.requests(), &mut report).await;
        if let Some(step) = self.check_purge().await? {
            report(&step);
            steps.push(step);
        }
        self.write_requests().await;
        if let Some(place) = place {
            self.note_trial(&place, &steps).await?;
        }
        let is_in_the_way =
            |step: &CheckStep| step.outcome == CheckOutcome::Failed && step.step != CheckStepName::Purge;
        if !steps.iter().any(is_in_the_way) {
            // Transfers that were held back because of the bucket can continue.
            self.shared.controls.try_again();
        }
        Ok(steps)
    }

    /// Fails if nothing can be uploaded before a person acts: no bucket is connected, the keys cannot be read, or the
    /// store refuses a test image. A store that cannot be reached now is no reason, because uploads wait for it.
    pub(in crate::library) async fn require_store(&self) -> Result<(), Error> {
        let config = self.config().await?;
        let bucket = Bucket::new(&config, self.shared.controls.requests());
        let tried = tokio::time::timeout(TRIAL_PATIENCE, bucket.try_out()).await;
        self.write_requests().await;
        match tried {
            Ok(Ok(())) => Ok(transfer::trust(self.catalog(), &config.place()).await?),
            Ok(Err(error)) if self.shared.controls.needs_person(error.class) => Err(error.into()),
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }

    /// Records whether the store can be trusted with images, if the check got that
    /// far.
    async fn note_trial(&self, place: &str, steps: &[CheckStep]) -> Result<(), Error> {
        let put = steps.iter().find(|step| step.step == CheckStepName::Put);
        match put.map(|step| step.outcome) {
            Some(CheckOutcome::Passed | CheckOutcome::Warned) => {
                transfer::trust(self.catalog(), place).await?;
            }
            Some(CheckOutcome::Failed) => transfer::distrust(self.catalog(), place).await?,
            Some(CheckOutcome::Skipped) | None => {}
        }
        Ok(())
    }
}
